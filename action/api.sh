# GitHub's API with curl. The token is in no argument: every user of the machine sees those.
# shellcheck shell=bash
# `work` is a folder of whoever uses this.
# shellcheck disable=SC2154

# api METHOD PATH|URL [FILE]: sets `status` (000 where there was no answer), `answer` and `headers` (files).
api() {
  local method=$1 url=$2 body=${3:-}
  case $url in http*) ;; *) url=$GITHUB_API_URL/$url ;; esac
  [[ $TOKEN =~ ^[A-Za-z0-9_.=-]+$ ]] || fail "token is empty or no token"
  answer=$work/answer
  headers=$work/headers
  : > "$answer"
  : > "$headers"
  local arguments=(--silent --config - --request "$method" --output "$answer" --dump-header "$headers"
    --write-out '%{http_code}' --connect-timeout 20 --max-time 60 --header 'Accept: application/vnd.github+json'
    --header 'X-GitHub-Api-Version: 2022-11-28' --user-agent bursar-action)
  [ -z "$body" ] || arguments+=(--header 'Content-Type: application/json' --data-binary "@$body")
  status=$(printf 'header = "Authorization: Bearer %s"\n' "$TOKEN" | curl "${arguments[@]}" -- "$url") || status=000
}

header() { tr -d '\r' < "$headers" | awk -F': *' -v name="$1" 'tolower($1) == name { print $2; exit }'; }

# Whether a 403 or 422 is about too many requests.
limited() {
  [ -n "$(header retry-after)" ] || [ "$(header x-ratelimit-remaining)" = 0 ] || grep -qi 'rate limit' "$answer"
}

# Waits before the next attempt, as long as the server says but never longer than a minute.
pause() {
  local seconds
  seconds=$(header retry-after)
  [[ $seconds =~ ^[0-9]+$ ]] || seconds=$((2 ** $1))
  [ "$seconds" -le 60 ] || seconds=60
  echo "GitHub answered $status; waiting ${seconds}s"
  sleep "$seconds"
}
