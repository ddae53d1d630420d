# What only the site knows: from a disk labelled OEMDRV with a file airlock-site.conf, one name=value a line, and from
# airlock.name=value on the kernel's command line, which wins. Both may be absent.
conf="$tmp/airlock-site.conf"

read_site() {
    : > "$conf"
    device=$(blkid -L OEMDRV 2>/dev/null) || return 0
    folder=$(mktemp -d)
    mount -o ro "$device" "$folder" || fail "the disk labelled OEMDRV ($device) cannot be mounted"
    if [ -f "$folder/airlock-site.conf" ]; then
        tr -d '\r' < "$folder/airlock-site.conf" > "$conf"
        say "values of this site read from airlock-site.conf on $device"
    fi
    umount "$folder"
}

# setting NAME DEFAULT: what the kernel's command line, else airlock-site.conf, else the release says.
setting() {
    value=$(argument "$1")
    [ -n "$value" ] || value=$(sed -n "s/^$1=//p" "$conf" | tail -n 1)
    [ -n "$value" ] || value=$2
    case $value in
        *[\"\\\`]*) fail "the value of $1 has a character that it may not have: \" \\ or \`" ;;
    esac
    printf '%s' "$value"
}

# own_name: a host name that no other node has, from the first network card's address.
own_name() {
    for card in "$root"/sys/class/net/*/address; do
        address=$(tr -d ':\n' < "$card" 2>/dev/null || true)
        case $address in
            '' | 000000000000) ;;
            *) printf 'node-%s' "$(printf '%s' "$address" | cut -c 7-12)" && return 0 ;;
        esac
    done
    printf 'localhost'
}

write_network() {
    hostname=$(setting hostname "$default_hostname")
    [ -n "$hostname" ] || hostname=$(own_name)
    ip=$(setting ip '')
    link="--device=$(setting device link) --onboot=on --activate --hostname=$hostname"
    if [ -z "$ip" ]; then
        printf 'network --bootproto=dhcp %s\n' "$link"
        return 0
    fi
    netmask=$(setting netmask 255.255.255.0)
    gateway=$(setting gateway '')
    nameserver=$(setting nameserver '')
    printf 'network --bootproto=static --ip=%s --netmask=%s %s %s %s\n' \
        "$ip" "$netmask" "${gateway:+--gateway=$gateway}" "${nameserver:+--nameserver=$nameserver}" "$link"
}

write_user() {
    hash=$(setting password_hash '${airlock_password_hash}')
    key=$(setting ssh_key '${airlock_ssh_key}')
    case $hash in
        '') [ -n "$key" ] || fail "nobody could log in: give password_hash or ssh_key in airlock-site.conf (OEMDRV)" ;;
        "\$6\$"*) ;;
        *) fail "password_hash must be a SHA-512 hash: it begins with \$6\$ (openssl passwd -6)" ;;
    esac
    if [ -n "$hash" ]; then
        printf 'user --name=%s --groups=wheel --iscrypted --password="%s"\n' '${airlock_user}' "$hash"
    else
        printf 'user --name=%s --groups=wheel --lock\n' '${airlock_user}'
    fi
    [ -z "$key" ] || printf 'sshkey --username=%s "%s"\n' '${airlock_user}' "$key"
}

read_site
write_network > "$tmp/airlock-network.ks"
write_user > "$tmp/airlock-user.ks"
