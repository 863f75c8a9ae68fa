//! Base64 as the API server reads it, which is Go's `base64.StdEncoding`.

/// How many bytes a text stands for; none where it is no base64.
///
/// Padding is needed and line breaks count for nothing, wherever they are. Bits that are left over in the last
/// digit may be anything.
pub(super) fn decoded_len(text: &str) -> Option<usize> {
    let (mut digits, mut padding) = (0, 0);
    for byte in text.bytes() {
        match byte {
            b'\r' | b'\n' => {}
            b'=' => padding += 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => digits += 1,
            _ => return None,
        }
    }
    let is_whole = padding <= 2 && (digits + padding) % 4 == 0;
    is_whole.then_some(digits / 4 * 3 + digits % 4 * 3 / 4)
}

#[cfg(test)]
mod tests {
    use super::decoded_len;

    #[test]
    fn what_go_decodes_is_as_long_as_go_makes_it() {
        let table = [
            ("", 0),
            ("\n", 0),
            ("YQ==", 1),
            ("YWI=", 2),
            ("YWJj", 3),
            ("YWJjZA==", 4),
            ("YWJjZGU=", 5),
            ("YWJjZGVm", 6),
            ("+/+/", 3),
            ("YW\r\nJj\n", 3),
            ("\nYQ=\n=\r\n", 1),
            // The bits behind the byte are not 0.
            ("YR==", 1),
        ];
        for (text, length) in table {
            assert_eq!(decoded_len(text), Some(length), "{text:?}");
        }
    }

    #[test]
    fn what_go_does_not_decode_is_refused() {
        let table = [
            "Y", "YQ", "YQ=", "YWI", "Y===", "=", "==", "====", "YQ===", "YWJj=", "YWJj====",
            "YQ==YQ==", "YQ=a", "=YQ=", "YW J", "YWJj ", "\tYWJj", "YW-_", "Zm9v.", "né==",
            "{{ x }}",
        ];
        for text in table {
            assert_eq!(decoded_len(text), None, "{text:?}");
        }
    }
}
