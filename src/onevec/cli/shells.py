"""Completion in bash, zsh and fish: click's classes, with scripts that know two things more.

A model's name holds a colon, at which bash cuts words: so bash's script hands over the whole line, and takes off what
bash has in place already. And behind `local:` comes the model, so the shell must not put a space there (`part`).
"""

import os

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

from onevec.cli.completing import PART

BASH = r"""%(complete_func)s() {
    local IFS=$'\n' line=${COMP_LINE:0:COMP_POINT} reply type value there=""
    local word=${line##*[[:space:]]}
    if [[ $word != [\"\']* ]]; then
        [[ $word == --*=* ]] && word=${word#*=}
        [[ $COMP_WORDBREAKS == *:* && $word == *:* ]] && there=${word%%"${word##*:}"}
    fi
    COMPREPLY=()
    for reply in $(env COMP_WORDS="$line" %(complete_var)s=bash_complete "$1"); do
        IFS=',' read -r type value <<< "$reply"
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            part) compopt -o nospace; COMPREPLY+=("${value#"$there"}") ;;
            plain) COMPREPLY+=("${value#"$there"}") ;;
        esac
    done
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

ZSH = r"""#compdef %(prog_name)s

%(complete_func)s() {
    local -a reply plain described parts
    (( ! $+commands[%(prog_name)s] )) && return 1
    reply=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) %(complete_var)s=zsh_complete \
        %(prog_name)s)}")
    for type key descr in ${reply}; do
        case $type in
            dir) _path_files -/ ;;
            file) _path_files -f ;;
            part) parts+=("$key") ;;
            plain) if [[ $descr == _ ]]; then plain+=("$key"); else described+=("$key:$descr"); fi ;;
        esac
    done
    (( $#described )) && _describe -V unsorted described -U
    (( $#plain )) && compadd -U -V unsorted -a plain
    (( $#parts )) && compadd -U -S '' -V unsorted -a parts
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""


class Bash(BashComplete):
    """Words come as one line, up to the cursor."""

    source_template = BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the last one, and the last one, which may be empty."""
        line = os.environ["COMP_WORDS"]
        words = split_arg_string(line)
        begun = bool(words) and not (line[-1:].isspace() and not words[-1][-1:].isspace())
        return (words[1:-1], words[-1]) if begun else (words[1:], "")

    def format_completion(self, item: CompletionItem[str]) -> str:
        """Its type and its value."""
        return f"{item.type},{item.value}"


class Zsh(ZshComplete):
    """Whose script puts no space behind a part."""

    source_template = ZSH


class Fish(FishComplete):
    """Fish puts no space behind a colon by itself."""

    def format_completion(self, item: CompletionItem[str]) -> str:
        """A part as any other word."""
        return super().format_completion(CompletionItem(item.value, help=item.help) if item.type == PART else item)


SHELLS = ("bash", "zsh", "fish")


def register() -> None:
    """Let click use these classes; its own script for fish is right as it is."""
    for kind in (Bash, Zsh, Fish):
        add_completion_class(kind)
