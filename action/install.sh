#!/usr/bin/env bash
# Finds or installs the binary and tells where it is, as the output `bursar` and in PATH.
#
# A release is downloaded only if its SHA-256 is known beforehand: from checksums.txt beside this script, or from the input
# `checksum`. What has another SHA-256, or an attestation that does not hold, ends the job. Where there is no such release,
# cargo builds the same version from the crate registry, with the lock file that was published.
#
# BURSAR_RELEASES (environment) is another place to download from, such as a mirror. The SHA-256 must be the same.
set -euo pipefail
# shellcheck source=action/lib.sh
. "${GITHUB_ACTION_PATH}/action/lib.sh"

found() {
  local said
  said=$("$1" --version 2> /dev/null) || fail "$1 does not run on this machine"
  output bursar "$1"
  dirname "$1" >> "$GITHUB_PATH"
  echo "$2: ${said%%$'\n'*}"
  exit 0
}

# gh alone gets the token: neither the binary, nor cargo and the build scripts that it runs.
token=${GH_TOKEN:-}
unset GH_TOKEN

# Posting a page needs no binary.
[ "$INPUT_COMMAND" != comment ] || exit 0

if [ "$INPUT_VERSION" = preinstalled ]; then
  path=$(command -v bursar) || fail "version is preinstalled, but there is no bursar on PATH"
  found "$path" "preinstalled"
fi

# Without a repository the action runs from a checkout (uses: ./), and what it runs is that checkout.
if [ -z "$INPUT_VERSION" ] && [ -z "$ACTION_REPOSITORY" ]; then
  command -v cargo > /dev/null || fail "the action runs from a checkout, and there is no cargo to build it with"
  cargo install --locked --quiet --path "$GITHUB_ACTION_PATH" --root "$RUNNER_TEMP/bursar-built"
  found "$RUNNER_TEMP/bursar-built/bin/bursar" "built from this checkout"
fi

version=${INPUT_VERSION:-$(cat "${GITHUB_ACTION_PATH}/action/version")}
version=${version#v}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || fail "version must be such as 0.1.0, or preinstalled; it is $version"
repository=$ACTION_REPOSITORY
if [ -n "$repository" ]; then
  [[ $repository =~ ^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$ ]] || fail "$repository is no repository"
fi

case "$RUNNER_OS-$RUNNER_ARCH" in
  Linux-X64) target=x86_64-unknown-linux-musl ;;
  Linux-ARM64) target=aarch64-unknown-linux-musl ;;
  macOS-X64) target=x86_64-apple-darwin ;;
  macOS-ARM64) target=aarch64-apple-darwin ;;
  *) target= ;;
esac
asset=bursar-$version-$target

# Where a runner keeps what it has installed. It may be kept from job to job.
cache=${RUNNER_TOOL_CACHE:-$RUNNER_TEMP}/bursar/$version

expected=$INPUT_CHECKSUM
if [ -n "$expected" ]; then
  [[ $expected =~ ^[0-9a-f]{64}$ ]] || fail "checksum must be 64 hexadecimal digits in lower case"
  [ -n "$target" ] || fail "checksum is given, but there are no releases for $RUNNER_OS $RUNNER_ARCH"
elif [ -n "$target" ]; then
  expected=$(awk -v asset="$asset" '$2 == asset { print $1; exit }' "${GITHUB_ACTION_PATH}/action/checksums.txt")
fi

# GitHub's own record of which workflow built the file. Only github.com has it.
attested() {
  [ "$GITHUB_SERVER_URL" = https://github.com ] && [ -n "$repository" ] || return 0
  if ! gh attestation --help > /dev/null 2>&1; then
    notice "the attestation was not looked at, since there is no gh that can; the SHA-256 was"
    return 0
  fi
  GH_TOKEN=$token gh attestation verify "$1" --repo "$repository" > "$RUNNER_TEMP/bursar-attestation" 2>&1 || {
    show "$RUNNER_TEMP/bursar-attestation"
    fail "$asset has no attestation of $repository"
  }
}

if [ -n "$expected" ] && [ -n "$target" ]; then
  binary=$cache/$target/bursar
  # What was kept is held against its SHA-256 each time.
  if [ -x "$binary" ] && [ "$(sha256 "$binary")" = "$expected" ]; then
    found "$binary" "kept by the runner"
  fi
  from=${BURSAR_RELEASES:-$GITHUB_SERVER_URL/$repository/releases/download}
  protocols='=https'
  [ -z "${BURSAR_RELEASES:-}" ] || protocols='=https,http'
  if [ -z "${BURSAR_RELEASES:-}" ] && [ -z "$repository" ]; then
    fail "the action runs from a checkout, so it knows no releases; leave version out to build the checkout"
  fi
  mkdir -p "$cache/$target"
  new=$(mktemp "$cache/$target/new.XXXXXX")
  trap 'rm -f "$new"' EXIT
  if curl --silent --show-error --fail --location --proto "$protocols" --proto-redir "$protocols" \
    --retry 3 --connect-timeout 20 --max-time 600 --output "$new" "$from/v$version/$asset"; then
    actual=$(sha256 "$new")
    # Never another source after this: somebody may have changed the release.
    [ "$actual" = "$expected" ] || fail "$asset has the SHA-256 $actual and should have $expected; it was not run"
    attested "$new"
    chmod 755 "$new"
    mv -f "$new" "$binary"
    found "$binary" "downloaded and checked"
  fi
  # Whoever names a SHA-256 wants that file and no other.
  [ -z "$INPUT_CHECKSUM" ] || fail "$asset cannot be downloaded"
  notice "$asset cannot be downloaded; cargo builds it, which takes minutes"
else
  notice "there is no checked release of $version for $RUNNER_OS $RUNNER_ARCH; cargo builds it, which takes minutes"
fi

binary=$cache/cargo/bin/bursar
if [ -x "$binary" ] && [ -e "$cache/cargo/complete" ]; then
  found "$binary" "built by cargo before"
fi
command -v cargo > /dev/null || fail "there is no cargo on this runner to build bursar $version with"
# Elsewhere than in the workspace, whose rust-toolchain.toml may name any program as cargo.
cd -- "$RUNNER_TEMP"
cargo install --locked --quiet bursar --version "=$version" --root "$cache/cargo"
: > "$cache/cargo/complete"
found "$binary" "built by cargo"
