#!/bin/sh
# Commits a rendered environment to the branch that Argo CD reads, where it differs from what is there:
#   make render ENV=production > platform.yaml && overlays/gitops/publish.sh production platform.yaml
# The work tree stays as it is; the branch has this one file and a history of its own.
set -eu
environment=${1:?the environment must be named: publish.sh ENVIRONMENT FILE}
file=${2:?the rendered file must be named: publish.sh ENVIRONMENT FILE}
remote=${REMOTE:-origin}
branch=refs/heads/rendered/$environment

test -s "$file" || { echo "\"$file\" is empty; render \"$environment\" again" >&2; exit 1; }
blob=$(git hash-object -w -- "$file")
tree=$(printf '100644 blob %s\tplatform.yaml\n' "$blob" | git mktree)
parent=$(git ls-remote "$remote" "$branch" | cut -f 1)
if [ -n "$parent" ]; then
  git fetch --quiet "$remote" "$branch"
  if [ "$(git rev-parse "$parent^{tree}")" = "$tree" ]; then
    echo "rendered/$environment is as it should be"
    exit 0
  fi
fi
message="$environment, rendered from $(git rev-parse HEAD)"
# shellcheck disable=SC2086 # no parent, no words
commit=$(git commit-tree "$tree" ${parent:+-p $parent} -m "$message")
# Never forced: whoever was faster has rendered a newer state, perhaps.
git push --quiet "$remote" "$commit:$branch"
echo "rendered/$environment is now $commit"
