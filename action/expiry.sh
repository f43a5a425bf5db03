# Makes the two edits of a night and the words for their pull requests: what has expired leaves the files, what soon ends is
# prolonged. Nothing is sent, and no token is here.
# shellcheck shell=bash
# `folder`, `common`, `code` and `bursar` are of run.sh.
# shellcheck disable=SC2154

# Whose commits these are.
EXPIRY_NAME='github-actions[bot]'
EXPIRY_MAIL='41898282+github-actions[bot]@users.noreply.github.com'

# The last day of the month in which so many days will have passed: the same for weeks, so that an edit stays the same too.
last_day() {
  jq -rn --argjson days "$1" 'def first: strftime("%Y-%m-01T00:00:00Z") | fromdate;
    now + $days * 86400 | first | . + 32 * 86400 | first | . - 86400 | strftime("%Y-%m-%d")'
}

# The branch of an edit. Workflows for several configs in one repository have branches of their own.
expiry_branch() {
  local place
  place=$(git rev-parse --show-prefix)$INPUT_CONFIG
  place=$(printf '%s' "${place%/}" | LC_ALL=C tr -c 'A-Za-z0-9' '-' | head -c 80)
  printf 'bursar/%s%s' "$1" "${place:+-$place}"
}

# expiry_edit NAME COMMAND...: makes an edit in a folder of its own, and commits it there. Leaves `branch`, and, if there is
# anything to propose, `commit`, `count`, `list.md`, `means.md` and `mark`, which is the same for as long as the edit is about
# the same rules. Sets `code`.
expiry_edit() {
  local name=$1 to=$folder/$1 tree=$folder/$1/tree at
  shift
  mkdir -p "$to"
  expiry_branch "$name" > "$to/branch"
  git -c core.hooksPath=/dev/null worktree add --quiet --detach "$tree" HEAD
  at=$tree/$(git rev-parse --show-prefix)
  bursar "$to/list.md" "$@" -C "$at" "${common[@]}" --quiet --dry-run --format=markdown
  if [ "$code" = 0 ]; then bursar "$to/edit.json" "$@" -C "$at" "${common[@]}" --format=json; fi
  if [ "$code" = 0 ] && ! git -C "$tree" diff --quiet; then
    "$BURSAR" -C "$at" "${common[@]}" diff --format=markdown -- HEAD 2> /dev/null | tail -n +2 > "$to/means.md" || true
    jq -r '.rules | length' "$to/edit.json" > "$to/count"
    jq -cS '[.edit, (.rules | map({ center, pool, who, day, cap }))]' "$to/edit.json" > "$to/about"
    sha256 "$to/about" > "$to/mark"
    expiry_title "$name" > "$to/title"
    git -C "$tree" -c core.hooksPath=/dev/null -c commit.gpgSign=false -c "user.name=$EXPIRY_NAME" -c "user.email=$EXPIRY_MAIL" \
      commit --quiet --all --file="$to/title"
    git -C "$tree" rev-parse HEAD > "$to/commit"
  fi
  git worktree remove --force "$tree"
}

# `14 days` of `14d`.
time_words() {
  local number=${INPUT_DUE%?} unit=day
  case $INPUT_DUE in *w) unit=week ;; esac
  [ "$number" = 1 ] || unit=${unit}s
  printf '%s %s' "$number" "$unit"
}

# `Remove 3 rights that have expired`. No name of anybody is in it.
expiry_title() {
  local count
  count=$(cat "$folder/$1/count")
  case $1-$count in
    expired-1) echo "Remove 1 right that has expired" ;;
    expired-*) echo "Remove $count rights that have expired" ;;
    due-1) echo "1 right ends within $(time_words)" ;;
    *) echo "$count rights end within $(time_words)" ;;
  esac
}

# The body of a pull request.
expiry_body() {
  local name=$1 at=$folder/$1 body=$folder/$1/body.md
  # By its first line it is known what a pull request that somebody closed was about.
  {
    printf '<!-- bursar-edit:%s -->\n' "$(cat "$at/mark")"
    if [ "$name" = expired ]; then
      echo "The last day of these rules has passed, so they grant nothing any more. Merging this takes them out of the files; nobody's right changes by it."
    else
      printf 'The last day of these rules is near. **Merge** this to prolong them to %s. **Close** it to let them end: ' "$2"
      echo "it is not opened again for the same rules. For another day, or for some of them, change this branch; it is left alone from then on."
    fi
    printf '\n%s\n' "$(cat "$at/list.md")"
    if [ "$name" = expired ]; then
      printf '\n**Check:** does the center still hold any of this? A plan shows it, and an apply after the merge takes it.\n'
    else
      printf '\n**Check:** does each of them still need it, and as much of it?\n'
    fi
  } > "$body"
  # A body holds 65,536 characters. Bytes are never fewer.
  if [ $(($(wc -c < "$body") + $(wc -c < "$at/means.md"))) -le 65000 ]; then
    printf '\n---\n\n' >> "$body"
    cat "$at/means.md" >> "$body"
  else
    printf '\nWhat it means is too long to stand here: see the check of this pull request.\n' >> "$body"
  fi
}

# Makes both edits. Sets `code`.
prepare_expiry() {
  local name until
  [[ $INPUT_DUE =~ ^[0-9]{1,4}[dw]$ ]] || fail "due must be a time such as 14d; it is $INPUT_DUE"
  [[ $INPUT_PROLONG =~ ^[0-9]{1,4}d$ ]] || fail "prolong must be a number of days such as 90d; it is $INPUT_PROLONG"
  case $INPUT_CONFIG in /* | *..*) fail "config must be a place below working-directory for expire" ;; esac
  until=$(last_day "${INPUT_PROLONG%d}")
  code=0
  expiry_edit expired revoke --expired
  [ "$code" = 0 ] || return 0
  expiry_edit due grant "--due=$INPUT_DUE" "--expires=$until"
  for name in expired due; do
    if [ -s "$folder/$name/commit" ]; then
      expiry_body "$name" "$until"
      { printf '#### %s\n\n' "$(cat "$folder/$name/title")"; tail -n +2 "$folder/$name/body.md"; echo; } >> "$folder/summary.md"
    fi
  done
  [ "$code" != 0 ] || [ -s "$folder/summary.md" ] || echo "No right has expired that could be taken out, and none ends within $(time_words)." > "$folder/summary.md"
}
