# What a part of gpu-verify.sh is, for that script alone: a command with a time limit, a log, a line in parts.tsv and numbers.
#
# It reads $home, $work, $out, $into, $minutes and $rehearse, and keeps in $failed whether a part has failed.

has() { command -v "$1" >/dev/null; }

save() {
  numbers summary "$out" >"$out/summary.txt" 2>&1
  cp "$out/summary.txt" "$into/"
  tar -C "$out" -czf "$work/results.tgz" . && mv "$work/results.tgz" "$into/results.tgz"
  if [ -s "$out/logs/ncu.txt" ]; then head -c 8000000 "$out/logs/ncu.txt" >"$into/ncu.txt"; fi
}

finish() {
  trap - EXIT TERM INT
  [ -z "${clocks-}" ] || kill "$clocks" 2>/dev/null
  save
  head -c 10000 "$into/summary.txt"
  rm -rf "$work"
  exit "$failed"
}
trap finish EXIT
trap 'failed=1; record stopped FAILED "$SECONDS" "a signal ended the script"; finish' TERM INT

record() { # PART RESULT SECONDS TEXT
  printf '%s\t%s\t%s\t%s\n' "$@" >>"$out/parts.tsv"
  printf '%-22s %-9s %5s s\n' "$1" "$2" "$3"
}

skip() { # PART REASON
  record "$1" skipped 0 "$2"
}

# A command as a reader would type it: without the folders of this run.
shown() {
  local text=$* folder
  [ -z "${java[*]-}" ] || text=${text//"${java[*]}"/java}
  for folder in bundle out work home; do
    [ -z "${!folder-}" ] || text=${text//"${!folder}"/\$$folder}
  done
  tr -s ' \n\t' ' ' <<<"$text" | sed 's/ $//' | head -c 600
}

# part NAME SECONDS COMMAND...: runs it for so long at most and never beyond --minutes; its output goes to logs/NAME.log.
# `milliseconds` is what it took.
part() {
  local name=$1 limit=$2 left=$((minutes * 60 - SECONDS)) began status
  shift 2
  command=$(shown "$@")
  if [ "$left" -le 5 ] || [ "$left" -lt $((limit / 8)) ]; then
    failed=1
    record "$name" "NOT RUN" 0 "no time was left of $minutes minutes: $command"
    return 1
  fi
  [ "$limit" -le "$left" ] || limit=$left
  began=$(date +%s%N)
  # The outer redirection is for the shell's own word on a command that had to be killed.
  { timeout --kill-after=5 "$limit" "$@" >"$out/logs/$name.log" 2>&1; } 2>/dev/null
  status=$?
  milliseconds=$((($(date +%s%N) - began) / 1000000))
  local seconds=$((milliseconds / 1000)).$((milliseconds / 100 % 10))
  if [ "$status" = 0 ]; then
    record "$name" passed "$seconds" "$command"
  else
    failed=1
    [ "$milliseconds" -lt $((limit * 1000)) ] || status="$status, out of time after $limit s of $minutes minutes in all"
    record "$name" FAILED "$seconds" "exit code $status: $command"
  fi
  save
  [ "$status" = 0 ]
}

# on_card PART SECONDS COMMAND...: as part, for what only a card and its tools can run.
on_card() {
  if [ -z "$rehearse" ]; then
    part "$@"
  else
    record "$1" rehearsed 0 "would run: $(shown "${@:3}")"
    return 1
  fi
}

numbers() { python3 "$home/scripts/gpu-numbers.py" "$@"; }

# read_off PART ACTION ARGUMENT...: prints the numbers of a part; where there are none, the part has failed after all.
read_off() {
  numbers "${@:2}" 2>>"$out/logs/$1.log" && return
  failed=1
  record "$1_numbers" FAILED 0 "gpu-numbers.py ${*:2}: $(tail -n 1 "$out/logs/$1.log")" >&2
}

# tell PART ACTION ARGUMENT...: the numbers of the part that has just ended, each with its command.
tell() {
  local lines line
  lines=$(read_off "$@")
  [ -n "$lines" ] || { failed=1; return; } # what read_off says of it is said in a shell of its own
  while IFS= read -r line; do printf '%s\t%s\t%s\n' "$1" "$line" "$command"; done <<<"$lines" >>"$out/numbers.tsv"
}
