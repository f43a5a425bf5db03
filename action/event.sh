# What the event that started the job means: what may be done on it, and what it compares with.
# shellcheck shell=bash

# The number of the pull request, or nothing.
pull_request() {
  local number
  number=$(event .pull_request.number)
  [[ ! $number =~ ^[0-9]+$ ]] || printf '%s' "$number"
}

# Ends the job where a command must not be run on this event.
refuse_event() {
  local command=$1 name=$GITHUB_EVENT_NAME origin
  [ -r "$GITHUB_EVENT_PATH" ] || fail "there is no event to read, so nothing is run"
  if [ "$name" = pull_request_target ]; then
    fail "on pull_request_target foreign files meet your secrets: use pull_request, and comment from a workflow_run job"
  fi
  if [ "$command" = comment ]; then
    [ "$name" = workflow_run ] || fail "comment is for workflow_run jobs; diff and plan comment by themselves"
    return 0
  fi
  # What writes or tells people is for what was merged.
  case $command in apply | alerts | expire) ;; *) return 0 ;; esac
  case $name in
    pull_request* | merge_group | *_comment) fail "$command is refused on $name: run it on the default branch, after the merge" ;;
    workflow_run)
      origin=$(event .workflow_run.event)
      case $origin in
        # Of a run after a run, nobody can tell what began it.
        pull_request* | merge_group | *_comment | workflow_run | "")
          fail "$command is refused after a run on ${origin:-an unknown event}: run it on the default branch, after the merge"
          ;;
      esac
      ;;
  esac
  # The queue's own branch is pushed before the merge.
  if [[ ${GITHUB_REF:-} == refs/heads/gh-readonly-queue/* || $(event .workflow_run.head_branch) == gh-readonly-queue/* ]]; then
    fail "$command is refused in a merge queue: run it on the default branch, after the merge"
  fi
  if [ "$(event '(.pull_request // .issue.pull_request) | type')" != null ] || [[ ${GITHUB_REF:-} == refs/pull/* ]]; then
    fail "$command is refused for a pull request: run it on the default branch, after the merge"
  fi
}

# What this event compares with, if nobody says: what the change is to be merged into.
default_base() {
  local base merged
  case $GITHUB_EVENT_NAME in
    pull_request*)
      base=$(event .pull_request.base.sha)
      # What GitHub tests is a merge commit, whose first parent is the branch as it is now.
      if merged=$(git rev-parse --quiet --verify 'HEAD^2' 2> /dev/null) && [ "$merged" = "$(event .pull_request.head.sha)" ]; then
        git rev-parse 'HEAD^1'
      else
        git merge-base "$base" HEAD 2> /dev/null || printf '%s' "$base"
      fi
      ;;
    merge_group) event .merge_group.base_sha ;;
  esac
}
