# What people read: the job summary, and the page of a run that made none.
# shellcheck shell=bash

# GitHub refuses a job summary of more than 1 MiB.
SUMMARY_BYTES=1000000

# A text as a fenced block that nothing in it can end.
as_text() {
  local longest fence
  longest=$(grep -o '`*' "$2" | awk '{ if (length > most) most = length } END { print most + 0 }' || true)
  fence=$(printf '`%.0s' $(seq 1 $((${longest:-0} < 3 ? 3 : longest + 1))))
  printf '#### %s\n\n%stext\n' "$1" "$fence"
  head -c "$SUMMARY_BYTES" "$2"
  printf '\n%s\n' "$fence"
}

# Adds the steps of a runbook to a page, without what it holds for programs, or says that they are too many for it.
add_runbook() {
  local steps=$2.steps
  { echo; grep -v '^<!-- bursar\.runbook\.v1 ' "$1" || true; } > "$steps"
  if [ $(($(wc -c < "$2") + $(wc -c < "$steps"))) -le "$SUMMARY_BYTES" ]; then
    cat "$steps" >> "$2"
  else
    # shellcheck disable=SC2016 # Markdown
    printf '\nThe runbook is too long for a job summary. The artifact has it: `runbook.html` and `runbook.md`.\n' >> "$2"
  fi
  rm -f "$steps"
}

# Adds a file to the job summary, or says that it is too long for it.
job_summary() {
  if [ "$(wc -c < "$1")" -le $((SUMMARY_BYTES + 10000)) ]; then
    cat "$1" >> "$GITHUB_STEP_SUMMARY"
  else
    echo "What there is to say is too long for a job summary. The log and the artifact have it." >> "$GITHUB_STEP_SUMMARY"
  fi
}

# The page of a diff or plan that failed, so that no older comment passes for what is proposed now. Its marker is the one that
# Bursar writes, as long as the config's path in the repository is plain; else there is no page.
failed_page() {
  local config=$INPUT_CONFIG
  if [ -z "$config" ]; then
    config=bursar.yaml
    [ -e bursar.yaml ] || config=bursar
  fi
  config=${config#./}
  config=$(git rev-parse --show-prefix 2> /dev/null || true)${config%/}
  [[ $config =~ ^[A-Za-z0-9_.][A-Za-z0-9_./-]{0,199}$ ]] || return 0
  case $config in *--* | *..* | *//* | */./*) return 0 ;; esac
  printf '<!-- bursar:%s -->\n' "$config"
  # shellcheck disable=SC2016 # Markdown
  printf '**`bursar %s` failed (exit code %s), so what this change means is not known.** ' "$1" "$2"
  printf 'This is no approval record. [The log](%s) says why.\n' "$(run_url)"
}
