#!/usr/bin/env bash
# Proposes the edits that run.sh made: a branch and a pull request for each, the same ones every night. What has been merged or
# has become nothing is closed; what a person closed is not opened again for the same rules; a branch that a person changed is
# left alone.
#
#   EDITS  the folder with the edits: what expiry.sh leaves
#   TOKEN  may write contents and pull requests
set -euo pipefail
# shellcheck source=action/lib.sh
. "${GITHUB_ACTION_PATH}/action/lib.sh"
# shellcheck source=action/api.sh
. "${GITHUB_ACTION_PATH}/action/api.sh"
# shellcheck source=action/expiry.sh
. "${GITHUB_ACTION_PATH}/action/expiry.sh"

work=$(mktemp -d "$RUNNER_TEMP/bursar-propose.XXXXXX")
trap 'rm -rf "$work"' EXIT
repository=repos/$GITHUB_REPOSITORY
owner=${GITHUB_REPOSITORY%%/*}
case ${GITHUB_REF:-} in refs/heads/*) base=${GITHUB_REF#refs/heads/} ;; *) fail "expire runs on a branch, and ${GITHUB_REF:-nothing} is none" ;; esac
cd -- "$INPUT_WORKING_DIRECTORY"

# Git with the token, which is in no argument: every user of the machine sees those. What a checkout left goes out of its way.
there() (
  at=${GIT_CONFIG_COUNT:-0} key="http.$GITHUB_SERVER_URL/.extraheader" secret=$(printf 'x-access-token:%s' "$TOKEN" | base64 | tr -d '\n')
  export "GIT_CONFIG_KEY_$at=$key" "GIT_CONFIG_VALUE_$at=" "GIT_CONFIG_KEY_$((at + 1))=$key"
  export "GIT_CONFIG_VALUE_$((at + 1))=AUTHORIZATION: basic $secret" GIT_CONFIG_COUNT=$((at + 2)) GIT_TERMINAL_PROMPT=0
  exec git -c core.hooksPath=/dev/null "$@" < /dev/null
)

# The commit that a branch has there, or nothing.
tip() { there ls-remote origin "refs/heads/$1" | cut -f1; }

# Whether a commit is one of these edits rather than somebody's work.
ours() {
  # Not every server gives a commit by its name.
  there fetch --quiet --no-tags --depth=1 origin "$1" 2> /dev/null || there fetch --quiet --no-tags origin "refs/heads/$branch" || fail "$branch of origin cannot be read"
  [ "$(git log -1 --format='%ae %ce' "$1")" = "$EXPIRY_MAIL $EXPIRY_MAIL" ]
}

# What a commit holds and what it stands on. A shallow clone has no parents, but their names.
content() { git cat-file -p "$1" | sed -n '/^$/q; /^tree /p; /^parent /p'; }

# Puts the edit on its branch, over an older one of ours and over nothing else.
push() {
  local commit=$1 old attempt
  for attempt in 1 2 3; do
    old=$(tip "$branch")
    if [ -n "$old" ]; then
      ours "$old" || return 1
      if [ "$(content "$old")" = "$(content "$commit")" ]; then return 0; fi
    fi
    # A branch that moved meanwhile is not overwritten, but looked at again.
    if there push --quiet "--force-with-lease=refs/heads/$branch:$old" origin "$commit:refs/heads/$branch" 2> "$work/push"; then return 0; fi
    [ "$attempt" = 3 ] || echo "$branch was not taken; once more"
  done
  show "$work/push"
  fail "$branch cannot be pushed: the job needs contents: write, and no rule may guard the branch"
}

# The open pull request of the branch, or nothing. Sets `number`.
find_pull() {
  number=
  api GET "$repository/pulls?state=open&per_page=100&base=$(jq -rn --arg base "$base" '$base | @uri')&head=$(jq -rn --arg head "$owner:$branch" '$head | @uri')"
  [ "$status" = 200 ] || return 0
  number=$(jq -r --arg repository "$GITHUB_REPOSITORY" --arg branch "$branch" \
    '[.[] | select(.head.ref == $branch and .head.repo.full_name == $repository)][0].number // empty' "$answer")
}

# Whether a person closed a pull request about the same rules.
declined() {
  api GET "$repository/pulls?state=closed&per_page=100&sort=updated&direction=desc&head=$(jq -rn --arg head "$owner:$branch" '$head | @uri')"
  [ "$status" = 200 ] || fail "GitHub does not tell the pull requests of $branch ($status)"
  jq -e --arg mark "<!-- bursar-edit:$1 -->" \
    'any(.[]; .merged_at == null and ((.body // "") | split("\n")[0] | rtrimstr("\r")) == $mark)' "$answer" > /dev/null
}

# ask METHOD PATH FILE: sends it, again where that is worth it. What an answer that was lost has done is seen the next time.
ask() {
  local attempt
  for attempt in 1 2 3 4; do
    if [ "$1" = POST ]; then
      find_pull
      if [ "$status" = 200 ] && [ -n "$number" ]; then return 0; fi
    fi
    api "$1" "$2" "$3"
    case $status in
      200 | 201) number=$(jq -r '.number // empty' "$answer"); return 0 ;;
      401 | 403 | 404 | 422)
        if ! limited; then return 1; fi
        ;;
    esac
    [ "$attempt" = 4 ] || pause "$attempt"
  done
  return 1
}

said() { jq -r '[.message, (.errors[]?.message // empty)] | join("; ")' "$answer" 2> /dev/null | head -c 300; }

# Opens the pull request, or brings the one that is open up to date.
open_pull() {
  local at=$EDITS/$1 draft=false
  find_pull
  [ "$status" = 200 ] || fail "GitHub does not tell the pull requests of $branch ($status)"
  if [ -z "$number" ]; then
    [ "$1" = expired ] || draft=true
    for draft in $draft false; do
      jq -n --rawfile title "$at/title" --rawfile body "$at/body.md" --arg head "$branch" --arg base "$base" --argjson draft "$draft" \
        '{ title: ($title | rtrimstr("\n")), body: $body, head: $head, base: $base, draft: $draft }' > "$work/pull.json"
      if ask POST "$repository/pulls" "$work/pull.json"; then break; fi
      # Not every plan of GitHub has drafts.
      [ "$draft" = true ] && [ "$status" = 422 ] && grep -qi draft "$answer" && continue
      fail "no pull request: GitHub answered $status ($(said)). The job needs pull-requests: write, and the repository must let GitHub Actions create pull requests"
    done
    if [ "$status" = 201 ]; then
      echo "opened: $(jq -r .html_url "$answer")"
      return 0
    fi
  fi
  jq -n --rawfile title "$at/title" --rawfile body "$at/body.md" '{ title: ($title | rtrimstr("\n")), body: $body }' > "$work/pull.json"
  ask PATCH "$repository/pulls/$number" "$work/pull.json" || fail "pull request $number cannot be brought up to date: GitHub answered $status ($(said))"
  echo "up to date: $(jq -r .html_url "$answer")"
}

# Closes what has become nothing. Its body no longer says what it was about, so that it does not count as declined.
close_pull() {
  local old=$1
  find_pull
  [ "$status" = 200 ] || fail "GitHub does not tell the pull requests of $branch ($status)"
  if [ -n "$number" ]; then
    jq -n '{ state: "closed", body: "There is nothing left to do: the files have none of this any more, or its day was moved." }' > "$work/pull.json"
    ask PATCH "$repository/pulls/$number" "$work/pull.json" || fail "pull request $number cannot be closed: GitHub answered $status ($(said))"
    echo "closed: $(jq -r .html_url "$answer")"
  fi
  [ -n "$old" ] || return 0
  there push --quiet "--force-with-lease=refs/heads/$branch:$old" origin ":refs/heads/$branch" 2> "$work/push" || notice "$branch was left: somebody else has changed or deleted it"
}

left_alone() { notice "somebody has changed $branch, so it and its pull request are left alone; delete the branch to have it made anew"; }

for name in expired due; do
  # Of an edit that failed nothing is known.
  [ -s "$EDITS/$name/edit.json" ] || continue
  branch=$(cat "$EDITS/$name/branch")
  old=$(tip "$branch") || fail "the branches of origin cannot be read"
  if [ -n "$old" ] && ! ours "$old"; then
    left_alone
    continue
  fi
  if [ ! -s "$EDITS/$name/commit" ]; then
    close_pull "$old"
    continue
  fi
  find_pull
  if [ -z "$number" ] && declined "$(cat "$EDITS/$name/mark")"; then
    notice "a pull request about the same rules was closed, so $branch is not proposed again"
    continue
  fi
  push "$(cat "$EDITS/$name/commit")" || { left_alone; continue; }
  open_pull "$name"
done
