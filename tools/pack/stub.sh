#!/bin/sh
# dmail, packed: this script, then the compressed program, then the compressed Deno runtime.
# The first run unpacks both into a cache; every run replaces this shell with the runtime.
# Set DMAIL_CACHE to choose the cache directory. Root unpacks for everybody: whoever has no home to
# unpack into, such as a web server that calls sendmail, runs what root left there.
# POSIX sh with gzip, tail and head.

fail() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  case ${0##*/} in
    sendmail) exit 75 ;; # EX_TEMPFAIL: callers know no other code for "try again".
  esac
  exit 1
}

shared=@SHARED_CACHE@

# Mode and owner of a directory; empty if it is not there.
look_at() {
  mode= owner=
  listing=$(LC_ALL=C ls -lnd "$1/" 2>/dev/null) || return
  read -r mode _ owner _ <<END
$listing
END
}

# Whether $1 is a whole file of $2 octets: a power cut can leave a shorter one, or none.
whole() {
  [ -f "$1" ] || return 1
  listing=$(LC_ALL=C ls -ln "$1") || return 1
  read -r _ _ _ _ size _ <<END
$listing
END
  [ "$size" = "$2" ]
}

# Whether root has unpacked for everybody, where nobody else could have put anything.
is_shared() {
  look_at "$shared"
  [ "$owner" = 0 ] || return 1
  case $mode in
    d????-??-*) ;;
    *) return 1 ;;
  esac
  whole "$shared/dmail-@PROGRAM_ID@.js" @PROGRAM_OCTETS@ &&
    whole "$shared/deno-@RUNTIME_ID@" @RUNTIME_OCTETS@
}

for_all=
if [ -n "${DMAIL_CACHE:-}" ]; then
  cache=$DMAIL_CACHE
elif [ "$(id -u)" = 0 ] || is_shared; then
  cache=$shared
  for_all=yes
elif [ -n "${XDG_CACHE_HOME:-}" ]; then
  cache=$XDG_CACHE_HOME/dmail
elif [ -n "${HOME:-}" ]; then
  cache=$HOME/.cache/dmail
else
  fail 'Cannot tell where to unpack: HOME is not set; call it as root once, or set DMAIL_CACHE to a directory of your own'
fi
case $cache in
  /*) ;;
  *) cache=$PWD/$cache ;;
esac

case $0 in
  */*) self=$0 ;;
  *) self=$(command -v -- "$0") && [ -r "$self" ] || self=$PWD/$0 ;;
esac

program=$cache/dmail-@PROGRAM_ID@.js
runtime=$cache/deno-@RUNTIME_ID@

# What stands in the cache is run with our rights: nobody else may be able to put it there.
check_owner() {
  look_at "$cache"
  [ "$owner" = "$(id -u)" ] ||
    fail "Cannot use $cache: it belongs to user $owner; set DMAIL_CACHE to a directory of your own"
  case $mode in
    d????-??-*) ;;
    *) fail "Cannot use $cache: others may write there ($mode); run chmod go-w on it" ;;
  esac
}

# Writes $3 octets of this file from octet $2 on, uncompressed, to $1. Two that do it at once each
# write a file of their own; the last rename wins, and both are the same.
unpack() {
  staged=$1.$$.tmp
  if tail -c "+$2" "$self" | head -c "$3" | gzip -dc >"$staged" && chmod "$file_mode" "$staged"; then
    dd if=/dev/null of="$staged" conv=notrunc,fsync 2>/dev/null || : # Where dd knows fsync.
    mv -f "$staged" "$1" && return
  fi
  rm -f "$staged"
  fail "Cannot unpack into $cache: is the disk full? Set DMAIL_CACHE to use another directory"
}

# Removes what a killed process left, and what an older version unpacked.
tidy() {
  for old in "$cache"/dmail-*.tmp "$cache"/deno-*.tmp; do
    pid=${old%.tmp}
    kill -0 "${pid##*.}" 2>/dev/null || rm -f "$old"
  done
  for old in "$cache"/dmail-*.js "$cache"/deno-*; do
    case $old in
      "$program" | "$runtime" | *.tmp) ;;
      *) rm -f "$old" ;;
    esac
  done
}

if [ -n "$for_all" ]; then
  mask=022 file_mode=755
else
  mask=077 file_mode=700
fi

[ -n "$for_all" ] && [ "$(id -u)" != 0 ] || (
  umask "$mask"
  staged=
  trap '[ -z "$staged" ] || rm -f "$staged"; exit 143' HUP INT TERM
  mkdir -p "$cache" || fail "Cannot make $cache; set DMAIL_CACHE to a directory you may write to"
  check_owner
  mkdir -p "$cache/run" ||
    fail "Cannot unpack into $cache; set DMAIL_CACHE to a directory you may write to"
  if ! whole "$program" @PROGRAM_OCTETS@ || ! whole "$runtime" @RUNTIME_OCTETS@; then
    tidy
    unpack "$program" @PROGRAM_AT@ @PROGRAM_PACKED@
    unpack "$runtime" @RUNTIME_AT@ @RUNTIME_PACKED@
  fi
) || exit

[ -x "$runtime" ] ||
  fail "Cannot run $runtime: programs may not be run from there; set DMAIL_CACHE to another directory"

DMAIL_CALLED_AS=${0##*/}
DENO_DIR=$cache/run
DENO_NO_PACKAGE_JSON=1
DENO_NO_UPDATE_CHECK=1
export DMAIL_CALLED_AS DENO_DIR DENO_NO_PACKAGE_JSON DENO_NO_UPDATE_CHECK
exec "$runtime" run --quiet --no-config --no-lock --no-remote --no-npm @RUNTIME_FLAGS@ \
  @PERMISSIONS@ "$program" "$@"
exit 1
