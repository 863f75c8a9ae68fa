//! What kind of program a file is.

/// Whether a program for 64-bit machines asks for no interpreter: then it runs where there is no libc.
pub fn is_static(program: &[u8]) -> bool {
    program.starts_with(b"\x7fELF\x02\x01") && !asks_for_interpreter(program).unwrap_or(true)
}

/// Whether a program header says so; none where the headers can't be read.
fn asks_for_interpreter(program: &[u8]) -> Option<bool> {
    const INTERPRETER: u32 = 3;
    let start = usize::try_from(u64::from_le_bytes(at(program, 0x20)?)).ok()?;
    let size = usize::from(u16::from_le_bytes(at(program, 0x36)?));
    let count = usize::from(u16::from_le_bytes(at(program, 0x38)?));
    for header in 0..count {
        let kind = u32::from_le_bytes(at(program, start + header * size)?);
        if kind == INTERPRETER {
            return Some(true);
        }
    }
    Some(false)
}

fn at<const N: usize>(bytes: &[u8], start: usize) -> Option<[u8; N]> {
    bytes.get(start..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program of no code, with one header of this kind.
    fn program(kind: u32) -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01".to_vec();
        bytes.resize(0x40, 0);
        bytes[0x20..0x28].copy_from_slice(&0x40_u64.to_le_bytes());
        bytes[0x36..0x38].copy_from_slice(&56_u16.to_le_bytes());
        bytes[0x38..0x3a].copy_from_slice(&1_u16.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.resize(0x40 + 56, 0);
        bytes
    }

    #[test]
    fn a_program_that_asks_for_an_interpreter_is_not_static() {
        assert!(is_static(&program(1)));
        assert!(!is_static(&program(3)));
    }

    #[test]
    fn a_script_and_a_torn_file_are_not_static_programs() {
        assert!(!is_static(b"#!/bin/sh\n"));
        assert!(!is_static(&program(1)[..0x40]));
    }
}
