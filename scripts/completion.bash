# Completes the commands and the flags of fanout in bash, both as it tells them itself: `source scripts/completion.bash`.
_fanout() {
  local IFS=$'\n' launcher=$1 word=$2 words=() known
  ((COMP_CWORD > 1)) && [[ $word != -* ]] && return # bash completes files
  # What stands before the cursor, up to the first flag: a command, and maybe which of its checks.
  for known in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $known != -* ]] || break
    words+=("$known")
  done
  known=$("$launcher" help "${words[@]}" 2>/dev/null </dev/null)
  if ((COMP_CWORD == 1)); then
    known=$(sed -n 's/^  \([a-z][a-z0-9_-]*\)  *.*/\1/p' <<<"$known")$'\nhelp\n--version\n--no-install'
  else
    known=$(sed -n 's/^  \(-h, \)\{0,1\}\(--[a-z][a-z-]*\).*/\2/p' <<<"$known")
  fi
  COMPREPLY=($(compgen -W "$known" -- "$word"))
}
complete -o default -F _fanout fanout
