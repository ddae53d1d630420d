# The disk for the system. It is taken unasked only where there is exactly one that can be meant: not removable, of a
# fitting size, and with nothing on it that may be someone's data. With several, a person at a console is asked.
# airlock.disk=<WWN or serial number> names a disk and takes it whatever is on it; a name such as /dev/sda takes it
# only when nothing on it may be someone's data, since such names change from boot to boot.
least=$((${airlock_disk_min_gb} * 1000000000 / 512))
most=$((${airlock_disk_max_gb} * 1000000000 / 512))
system_label=airlock-root

# disks: every whole disk that could hold a system, by its kernel name.
disks() {
    for path in "$root"/sys/block/sd* "$root"/sys/block/nvme* "$root"/sys/block/mmcblk* "$root"/sys/block/vd*; do
        name=${path##*/}
        case $name in
            *'*' | mmcblk*boot* | mmcblk*rpmb | nvme*c*n*) continue ;;
        esac
        [ "$(cat "$path/removable")" = 0 ] || continue
        [ "$(cat "$path/ro" 2>/dev/null || echo 0)" = 0 ] || continue
        echo "$name"
    done
}

# parts DISK: the disk and its partitions, by kernel name.
parts() {
    echo "$1"
    for path in "$root/sys/block/$1/$1"*; do
        [ -f "$path/partition" ] && echo "${path##*/}"
    done
    return 0
}

first_of() {
    for path in "$@"; do
        if [ -s "$path" ]; then
            tr -cd '[:alnum:]._-' < "$path"
            return 0
        fi
    done
}

serial_of() { first_of "$root/sys/block/$1/serial" "$root/sys/block/$1/device/serial" "$root/sys/block/$1/device/vpd_pg80"; }
wwn_of() { first_of "$root/sys/block/$1/wwid" "$root/sys/block/$1/device/wwid" | sed 's/^\(naa\|eui\|uuid\|t10\)\.//'; }
model_of() { { tr -s ' ' < "$root/sys/block/$1/device/model"; } 2>/dev/null || true; }
gigabytes_of() { echo $(($(cat "$root/sys/block/$1/size") * 512 / 1000000000)); }
describe() { echo "$1: $(gigabytes_of "$1") GB, $(model_of "$1") serial $(serial_of "$1"), WWN $(wwn_of "$1")"; }

# probe TAG DEVICE: what blkid finds on the device itself; it says 8 where signatures contradict one another.
probe() {
    status=0
    found=$(blkid -p -s "$1" -o value "$root/dev/$2" 2>/dev/null) || status=$?
    if [ "$status" = 8 ]; then echo contradictory; else echo "$found"; fi
}

# raw DEVICE: whether its first MiB holds anything at all.
raw() { [ "$(dd if="$root/dev/$1" bs=1048576 count=1 2>/dev/null | tr -d '\0' | head -c 1 | wc -c)" -gt 0 ]; }

# data_on DEVICE: what on it may be someone's data, in words; nothing where there is none.
# Partition types: ceph-disk's own, LVM, Linux RAID. BIOS boot and Microsoft reserved ones hold raw bytes and no data.
data_on() {
    grep -q "^/dev/$1 " "$root/proc/mounts" && echo "in use: mounted" && return 0
    case $(probe TYPE "$1") in
        ceph_*) echo Ceph && return 0 ;;
        LVM*) echo LVM && return 0 ;;
        *raid*) echo RAID && return 0 ;;
        iso9660) echo "an installation medium" && return 0 ;;
        contradictory) echo "contradictory signatures" && return 0 ;;
        ?*) return 0 ;;
    esac
    case $(probe PART_ENTRY_TYPE "$1") in
        *0ceff05d | *0ceff106 | 30cd0809-* | 5ce17fce-*) echo Ceph && return 0 ;;
        e6d6d379-* | 0x8e) echo LVM && return 0 ;;
        a19d880f-* | 0xfd) echo RAID && return 0 ;;
        21686148-* | e3c9e316-* | 0x5 | 0xf) return 0 ;;
    esac
    # PowerFlex writes no signature that blkid knows, so bytes without one may be its.
    if [ -z "$(probe PTTYPE "$1")" ] && raw "$1"; then echo "data of an unknown kind, as PowerFlex leaves it"; fi
}

# kept DISK: why the disk is not to be touched; nothing where it may be taken.
kept() {
    for part in $(parts "$1"); do
        [ "$(probe LABEL "$part")" != OEMDRV ] || echo "the values of this site"
        [ "$(probe LABEL "$part")" != "$label" ] || echo "this installation medium"
        data_on "$part"
    done | sort -u | tr '\n' ',' | sed 's/,$//'
    for holder in "$root/sys/block/$1/holders"/* "$root/sys/block/$1/$1"*/holders/*; do
        if [ -e "$holder" ]; then printf ' (in use by %s)' "${holder##*/}"; fi
    done
}

# ours DISK: whether a system that was installed by this program is on it.
ours() {
    for part in $(parts "$1"); do
        [ "$(probe LABEL "$part")" != "$system_label" ] || return 0
    done
    return 1
}

plain() { printf '%s' "$1" | tr '[:upper:]' '[:lower:]' | sed 's/^\(0x\|naa\.\|eui\.\)//'; }

# told WANTED: the disk of that WWN, serial number or device name.
told() {
    wanted=$(plain "$1")
    for name in $(disks); do
        for identity in "$(wwn_of "$name")" "$(serial_of "$name")"; do
            if [ -n "$identity" ] && [ "$(plain "$identity")" = "$wanted" ]; then
                echo "$name"
                return 0
            fi
        done
        if [ "/dev/$name" = "$1" ]; then
            reason=$(kept "$name")
            [ -z "$reason" ] || fail "$name holds $reason; to take it all the same, give its WWN or serial number"
            echo "$name"
            return 0
        fi
    done
    fail "there is no disk $1 here: $(for name in $(disks); do describe "$name"; done | tr '\n' ';')"
}

# sorted: every disk in one of three groups: free to take, ours (a system of this program), kept for the reason given.
sorted() {
    for name in $(disks); do
        size=$(cat "$root/sys/block/$name/size")
        if [ "$size" -lt "$least" ] || [ "$size" -gt "$most" ]; then
            echo "kept $name is not of ${airlock_disk_min_gb} to ${airlock_disk_max_gb} GB"
        elif readlink -f "$root/sys/block/$name" | grep -q '/usb[0-9]'; then
            echo "kept $name is on USB"
        else
            reason=$(kept "$name")
            if [ -n "$reason" ]; then
                echo "kept $name holds $reason"
            elif ours "$name"; then
                echo "ours $name"
            else
                echo "free $name"
            fi
        fi
    done
}

# ask DISK…: let a person at any console choose; the first good answer counts.
ask() {
    [ "$(argument ask)" != never ] || fail "several disks could be meant: $*; name one with airlock.disk=<WWN or serial>"
    say "which disk may be erased for the system? Type its name:"
    for name in "$@"; do
        note=
        if ours "$name"; then note=" (a system of this program is on it)"; fi
        say "  $(describe "$name")$note"
    done
    if command -v chvt > /dev/null; then chvt 6 || true; fi
    answers=$(mktemp -d)
    listeners=
    for console in $(consoles); do
        listen "$console" "$answers/${console##*/}" "$@" &
        listeners="$listeners $!"
    done
    wait_for_answer
    for listener in $listeners; do kill "$listener" 2>/dev/null || true; done
    if command -v chvt > /dev/null; then chvt 1 || true; fi
    [ -n "$answer" ] || fail "nobody answered; name a disk with airlock.disk=<WWN or serial>: $*"
}

# listen CONSOLE FILE DISK…: take lines from a console until one is the name of a disk offered.
listen() {
    console=$1 file=$2
    shift 2
    while IFS= read -r line; do
        for name in "$@"; do
            if [ "${line#/dev/}" = "$name" ]; then
                echo "$name" > "$file.part" && mv "$file.part" "$file.chosen"
                return 0
            fi
        done
        printf 'not one of: %s\r\n' "$*" > "$console"
    done < "$console"
}

wait_for_answer() {
    answer=
    seconds=${airlock_ask_seconds}
    while [ "$seconds" -gt 0 ] && [ -z "$answer" ]; do
        sleep 1
        seconds=$((seconds - 1))
        answer=$(cat "$answers"/*.chosen 2>/dev/null | head -n 1) || true
    done
}

choose() {
    wanted=$(setting disk '')
    if [ -n "$wanted" ]; then
        disk=$(told "$wanted") || exit 1
        return 0
    fi
    sorted > "$tmp/airlock-disks"
    # A disk with a system of ours is never taken unasked: with the medium left in the drive, each boot would erase it.
    open=$(sed -nE 's/^(free|ours) //p' "$tmp/airlock-disks" | tr '\n' ' ')
    if [ -z "$open" ]; then
        while read -r _ reason; do say "  $reason"; done < "$tmp/airlock-disks"
        fail "no disk may be taken unasked; name one with airlock.disk=<WWN or serial>"
    fi
    disk=${open% }
    if [ "${disk#* }" != "$disk" ] || grep -q '^ours ' "$tmp/airlock-disks"; then
        # shellcheck disable=SC2086 # a list of names
        ask $open
        disk=$answer
    fi
}

write_disk() {
    printf 'zerombr\nignoredisk --only-use=%s\nclearpart --all --initlabel --drives=%s\n' "$disk" "$disk"
    printf 'bootloader --location=mbr --boot-drive=%s --timeout=3 --append="%s"\n' "$disk" '${airlock_kernel_args}'
    if [ -d "$root/sys/firmware/efi" ]; then
        printf 'part /boot/efi --fstype=efi --size=600 --ondisk=%s\n' "$disk"
        printf 'part /boot --fstype=xfs --size=1024 --ondisk=%s\n' "$disk"
    elif [ "$(cat "$root/sys/block/$disk/size")" -ge 4294967296 ]; then
        # From 2 TiB on the partition table is a GPT, where a BIOS needs a place for the boot loader.
        printf 'part biosboot --fstype=biosboot --size=1 --ondisk=%s\n' "$disk"
    fi
    printf 'part / --fstype=xfs --size=4096 --grow --ondisk=%s --label=%s\n' "$disk" "$system_label"
}

choose
say "the system goes onto $(describe "$disk")"
write_disk > "$tmp/airlock-disk.ks"
