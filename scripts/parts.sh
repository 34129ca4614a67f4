# Sourced by scripts that run in parts: `part NAME COMMAND…` says what begins and stops at a failure; at the end, however it
# comes, the wall time of each part is printed.
part_names=() part_seconds=() part_running=

part() {
  local name=$1 start=$SECONDS
  shift
  echo "== $name"
  part_running=$name part_start=$start
  "$@"
  part_names+=("$name") part_seconds+=($((SECONDS - start)))
  part_running=
}

print_parts() {
  local status=$? index
  [ -z "$part_running" ] || { part_names+=("$part_running (failed)"); part_seconds+=($((SECONDS - part_start))); }
  echo "== wall time ($(sed -n 's/^model name.*: //p' /proc/cpuinfo 2>/dev/null | sed -n 1p), $(nproc) cores)"
  for index in "${!part_names[@]}"; do
    printf '%4d:%02d  %s\n' $((part_seconds[index] / 60)) $((part_seconds[index] % 60)) "${part_names[index]}"
  done
  printf '%4d:%02d  %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "in all"
  return "$status"
}
trap print_parts EXIT
