# What the scripts of the action share. Bash 3.2 is what macOS runners have.
# shellcheck shell=bash

# Data of a workflow command, in which a line break would start the next one.
escape() {
  local text=$1
  text=${text//'%'/%25}
  text=${text//$'\r'/%0D}
  printf '%s' "${text//$'\n'/%0A}"
}

notice() { printf '::notice title=Bursar::%s\n' "$(escape "$1")"; }
warn() { printf '::warning title=Bursar::%s\n' "$(escape "$1")"; }
fail() {
  printf '::error title=Bursar::%s\n' "$(escape "$1")"
  exit 1
}

# A word that nobody who wrote the files could have guessed.
random_word() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# Sets an output to a text of any number of lines.
output() {
  local word
  word=bursar_$(random_word)
  printf '%s<<%s\n%s\n%s\n' "$1" "$word" "$2" "$word" >> "$GITHUB_OUTPUT"
}

# Shows files in the log. Nothing in them is taken for a workflow command.
show() {
  local word file
  word=bursar_$(random_word)
  printf '::stop-commands::%s\n' "$word"
  for file in "$@"; do
    [ ! -s "$file" ] || cat "$file"
  done
  # A last line without its end would hide what follows.
  printf '\n::%s::\n' "$word"
}

sha256() {
  if command -v sha256sum > /dev/null; then sha256sum < "$1"; else shasum -a 256 < "$1"; fi | cut -d' ' -f1
}

# A value of the event, or nothing.
event() { jq -r "$1 // empty" "$GITHUB_EVENT_PATH"; }

run_url() { printf '%s/%s/actions/runs/%s' "$GITHUB_SERVER_URL" "$GITHUB_REPOSITORY" "$GITHUB_RUN_ID"; }
