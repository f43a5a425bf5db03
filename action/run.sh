#!/usr/bin/env bash
# Runs one command of the binary and tells the steps after it what came of it. It does not fail because of what the binary
# said: end.sh does, when the comment and the artifact are there.
#
# No secret of the action is here. Tokens of centers are in the environment that the workflow gives its step.
set -euo pipefail
# shellcheck source=action/lib.sh
. "${GITHUB_ACTION_PATH}/action/lib.sh"
# shellcheck source=action/event.sh
. "${GITHUB_ACTION_PATH}/action/event.sh"
# shellcheck source=action/page.sh
. "${GITHUB_ACTION_PATH}/action/page.sh"
# shellcheck source=action/expiry.sh
. "${GITHUB_ACTION_PATH}/action/expiry.sh"

command=$INPUT_COMMAND
case $command in
  validate | diff | plan) ;;
  apply | alerts | verify | expire)
    [ "$INPUT_FAIL_ON" != never ] || fail "fail-on: never is for validate, diff and plan; $command must not fail unseen"
    ;;
  comment) ;;
  *) fail "command must be validate, diff, plan, apply, verify, alerts, expire or comment; it is $command" ;;
esac
case $INPUT_FAIL_ON in error | changes | never) ;; *) fail "fail-on must be error, changes or never" ;; esac
case $INPUT_COMMENT in auto | never) ;; *) fail "comment must be auto or never" ;; esac
[[ $INPUT_ARTIFACT =~ ^[A-Za-z0-9_.\ -]+$ ]] || fail "artifact must be a plain name, auto or never"
refuse_event "$command"

if [ "$command" = comment ]; then
  [ -n "$INPUT_PAGE" ] || fail "comment needs page: the file from the artifact"
  output untrusted true
  output comment true
  output summary-file "$INPUT_PAGE"
  output verdict pass
  exit 0
fi

# A pull request can put a bare repository into the folder, whose settings may name any program. Git is to pass it over.
settings=${GIT_CONFIG_COUNT:-0}
export "GIT_CONFIG_KEY_$settings=safe.bareRepository" "GIT_CONFIG_VALUE_$settings=explicit" GIT_CONFIG_COUNT=$((settings + 1))
cd -- "$INPUT_WORKING_DIRECTORY"
folder=$(mktemp -d "$RUNNER_TEMP/bursar-$command.XXXXXX")
page=$folder/page.md
log=$folder.out

# A wrong line is shown to everybody. A link in the files must not make that a line of the machine's, such as the
# environment with the tokens of the centers. Where the workflow itself names a place elsewhere, that is its business.
stay_inside() {
  local root path file places=(./bursar.yaml ./bursar)
  [ -z "$INPUT_CONFIG" ] || places=("$INPUT_CONFIG")
  root=$(cd -- "$GITHUB_WORKSPACE" && pwd -P)
  command -v realpath > /dev/null || fail "there is no realpath on this runner"
  for path in "${places[@]}"; do
    case $path in
      "$GITHUB_WORKSPACE"/*) ;;
      /* | *..*) continue ;;
      *) path=./$path ;;
    esac
    while IFS= read -r file; do
      case $file in */.git/*) fail "a link in $path leads into .git" ;; "$root"/*) ;; *) fail "a link in $path leads out of the workspace" ;; esac
    done < <(find -L "$path" -type f -exec realpath {} + 2> /dev/null)
  done
}
if [[ $PWD/ == "$GITHUB_WORKSPACE"/* || $(pwd -P)/ == "$(cd -- "$GITHUB_WORKSPACE" && pwd -P)"/* ]]; then stay_inside; fi

export NO_COLOR=1
common=(--color=never)
[ -z "$INPUT_CONFIG" ] || common+=("--config=$INPUT_CONFIG")
allows=()
while read -r allow; do
  [ -n "$allow" ] || continue
  [[ $allow =~ ^[a-z_]+(\.[A-Za-z]+)?=[0-9]+$ ]] || fail "allow must name a guardrail and a number, such as revocations=12; it is $allow"
  allows+=("--allow=$allow")
done <<< "$(tr -s ' ,\t' '\n' <<< "$INPUT_ALLOW")"

# Runs the binary; its answer goes to a file, its talk to the log. Sets `code`. A cancelled job is told to the binary, which
# then ends its journal.
bursar() {
  local answer=$1 word child
  shift
  word=bursar_$(random_word)
  printf '::stop-commands::%s\n' "$word"
  # Both are there before the binary is, since a signal may come at any moment.
  local cancelled=
  child=
  trap 'cancelled=1; [ -z "$child" ] || kill -TERM "$child" 2> /dev/null || true' INT TERM
  # shellcheck disable=SC2069 # the answer goes to the file, the talk to where the answer would have gone
  "$BURSAR" "$@" 2>&1 > "$answer" &
  child=$!
  [ -z "$cancelled" ] || kill -TERM "$child" 2> /dev/null || true
  code=0
  wait "$child" || code=$?
  # A signal ends the wait before the binary ends.
  while kill -0 "$child" 2> /dev/null; do
    code=0
    wait "$child" || code=$?
  done
  trap - INT TERM
  printf '\n::%s::\n' "$word"
}

# The counts of a plan or of a comparison.
counts() {
  output added "$(jq -r '.summary.counts.grants' "$1")"
  output changed "$(jq -r '.summary.counts | .raises + .cuts + .neutral' "$1")"
  output removed "$(jq -r '.summary.counts.revokes' "$1")"
  output has-changes "$(jq -r '.changes != []' "$1")"
}

# Told before anything is run, so that a cancelled run leaves its journal in the artifact.
if [ "$INPUT_ARTIFACT" != never ] && [[ $command =~ ^(diff|plan|apply)$ ]]; then
  name=$INPUT_ARTIFACT
  [ "$name" != auto ] || name=bursar-$command
  output artifact "$name"
  output artifact-path "$folder"
fi

case $command in
  validate)
    if [ -n "$INPUT_SARIF" ]; then
      # A link that a pull request put there would lead anywhere.
      rm -f -- "$INPUT_SARIF"
      bursar "$INPUT_SARIF" validate "${common[@]}" --format=sarif
      [ -s "$INPUT_SARIF" ] || fail "there is no SARIF in $INPUT_SARIF: the log says why"
    fi
    bursar "$log" validate "${common[@]}" --format=github
    # Annotations, and nothing else, are for GitHub to read.
    grep -E '^::(error|warning|notice)[ :]' "$log" || true
    if [ -s "$log" ]; then
      "$BURSAR" validate "${common[@]}" --format=text > "$log" 2> /dev/null || true
      as_text "Findings" "$log" >> "$folder/summary.md"
    fi
    ;;
  diff)
    base=${INPUT_BASE:-$(default_base)}
    [ -n "$base" ] || fail "there is nothing to compare with: set base"
    [ -z "$INPUT_USAGE" ] || common+=("--usage=$INPUT_USAGE")
    bursar "$folder/diff.json" diff "${common[@]}" ${allows[@]+"${allows[@]}"} --detailed-exitcode --format=json -- "$base..HEAD"
    case $code in
      0 | 2 | 3)
        counts "$folder/diff.json"
        "$BURSAR" diff "${common[@]}" ${allows[@]+"${allows[@]}"} --format=markdown "--summary=$folder/summary.md" -- "$base..HEAD" > "$page" 2> /dev/null || true
        ;;
    esac
    ;;
  plan)
    base=${INPUT_BASE:-$(default_base)}
    [ -z "$base" ] || common+=("--base=$base")
    saved=${INPUT_PLAN_FILE:-$folder/plan.json}
    # Later steps may work in another folder.
    case $saved in /* | s3://* | gs://* | az://*) ;; *) saved=$PWD/$saved ;; esac
    bursar "$page" plan "${common[@]}" ${allows[@]+"${allows[@]}"} --detailed-exitcode --format=markdown "--summary=$folder/summary.md" "--out=$saved"
    case $code in
      0 | 2 | 3)
        output plan-file "$saved"
        case $saved in
          s3://* | gs://* | az://*) output has-changes "$([ "$code" = 0 ] && echo false || echo true)" ;;
          *)
            [ "$saved" -ef "$folder/plan.json" ] || cp -- "$saved" "$folder/plan.json"
            counts "$folder/plan.json"
            output plan-sha256 "$(jq -r .hash "$folder/plan.json")"
            ;;
        esac
        ;;
    esac
    ;;
  apply)
    [ -z "$INPUT_BASE" ] || common+=("--base=$INPUT_BASE")
    [ -z "$INPUT_LOCK_TIMEOUT" ] || common+=("--lock-timeout=$INPUT_LOCK_TIMEOUT")
    common+=(--yes "--journal=$folder/journal.jsonl" "--runbook=$folder/runbook.md" ${allows[@]+"${allows[@]}"})
    [ -z "$INPUT_PLAN_FILE" ] || common+=(-- "$INPUT_PLAN_FILE")
    # What the workflow itself says goes first.
    [ -n "${BURSAR_APPROVER:-}" ] || export BURSAR_APPROVER=${INPUT_APPROVER:-}
    bursar "$log" apply "${common[@]}"
    show "$log"
    as_text "Applied" "$log" >> "$folder/summary.md"
    if [ -s "$folder/runbook.md" ]; then
      output runbook "$folder/runbook.md"
      add_runbook "$folder/runbook.md" "$folder/summary.md"
    fi
    ;;
  verify)
    [ -n "$INPUT_PLAN_FILE" ] || fail "verify needs plan-file"
    bursar "$log" verify "${common[@]}" -- "$INPUT_PLAN_FILE"
    show "$log"
    as_text "Verified" "$log" >> "$folder/summary.md"
    output plan-file "$INPUT_PLAN_FILE"
    case $code in 0 | 2) output has-changes "$([ "$code" = 0 ] && echo false || echo true)" ;; esac
    ;;
  alerts)
    [ -z "$INPUT_ISSUE" ] || common+=("--issue=$INPUT_ISSUE")
    bursar "$log" alerts "${common[@]}" "--summary=$folder/summary.md"
    show "$log"
    # Where nothing was evaluated there is no page.
    [ -s "$folder/summary.md" ] || as_text "Alerts" "$log" >> "$folder/summary.md"
    ;;
  expire)
    prepare_expiry
    # One of the two may fail, where a rule meets a person's next one for instance. The other is proposed all the same.
    [ ! -s "$folder/expired/edit.json" ] || output edits "$folder"
    ;;
esac

output exit-code "$code"
if [[ $command =~ ^(diff|plan)$ ]]; then
  case $code in
    0 | 2 | 3) [ -s "$page" ] || fail "bursar $command wrote no page" ;;
    *)
      failed_page "$command" "$code" > "$page"
      cp "$page" "$folder/summary.md"
      ;;
  esac
  show "$page"
  output summary "$(cat "$page")"
  output summary-file "$page"
  if [ "$INPUT_COMMENT" = auto ] && [ -n "$(pull_request)" ] && [ -s "$page" ]; then output comment true; fi
fi
[ ! -s "$folder/summary.md" ] || job_summary "$folder/summary.md"
rm -f "$folder/summary.md" "$log"

# What the exit code means for the job.
reason=
case $code in
  0) ;;
  1) reason="there are findings in the files, or the run failed: the log says which" ;;
  2) reason="there are changes" ;;
  3) reason="refused by a guardrail: the summary names the consent that would let it through" ;;
  4) reason="applied in part: the journal in the artifact says what is left" ;;
  5) reason="the saved plan is stale: make a new one" ;;
  6) reason="another run holds the lock" ;;
  64) reason="wrong usage: the log says what is wrong" ;;
  130 | 143) reason="cancelled; what was done stands in the journal" ;;
  *) reason="bursar ended with $code" ;;
esac
verdict=fail
case $INPUT_FAIL_ON-$code in
  *-0) verdict=pass ;;
  never-[123]) verdict=pass ;;
  error-2) [ "$command" = apply ] || [ "$command" = alerts ] || verdict=pass ;;
esac
output reason "bursar $command: $reason"
output verdict "$verdict"
case $code in 130 | 143) exit "$code" ;; esac
