set -eu
# Everything is looked for below $root: empty on a machine, a folder of its own in tests.
root=${AIRLOCK_ROOT:-}
tmp=$root/tmp
label='${airlock_label}'

# consoles: every console that the kernel was told of, as devices; a screen's own is terminal 6, which nobody else uses.
consoles() {
    for console in $(cat "$root/sys/class/tty/console/active" 2>/dev/null || true); do
        case $console in
            tty0) echo "$root/dev/tty6" ;;
            *) echo "$root/dev/$console" ;;
        esac
    done
}

# say TEXT…: a line for the log, and for whoever looks at a console.
say() {
    printf 'airlock: %s\n' "$*" >&2
    for console in $(cat "$root/sys/class/tty/console/active" 2>/dev/null || true); do
        printf 'airlock: %s\r\n' "$*" 2>/dev/null > "$root/dev/$console" || true
    done
}

# fail TEXT…: stop before anything was changed.
fail() {
    say "STOPPED, nothing was changed: $*"
    exit 1
}

# argument NAME: the value of airlock.NAME= on the kernel's command line.
argument() {
    tr ' ' '\n' < "$root/proc/cmdline" | sed -n "s/^airlock\\.$1=//p" | tail -n 1
}
