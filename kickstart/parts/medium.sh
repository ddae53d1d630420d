# The installation itself does not check package signatures, so the medium's own repository is checked here, byte by
# byte, against its manifest. airlock.check=off on the kernel's command line leaves it out.
medium=$root/run/install/repo

check_medium() {
    [ "$(argument check)" != off ] || return 0
    [ -f "$medium/release/release.json" ] || fail "the medium at $medium is no release: it has no release/release.json"
    want=$(sed -n 's/.*"manifest": "sha256:\([0-9a-f]\{64\}\)".*/\1/p' "$medium/release/release.json")
    have=$(sha256sum < "$medium/release/MANIFEST" | cut -d ' ' -f 1)
    [ "$want" = "$have" ] || fail "the medium is damaged: release/MANIFEST is not the one of release.json"
    say "checking the packages on the medium"
    sed -n -e 's#^\([0-9a-f]\{64\}\) [0-9]* \(BaseOS/.*\)$#\1  \2#p' -e 's#^\([0-9a-f]\{64\}\) [0-9]* \(ks/.*\)$#\1  \2#p' \
        "$medium/release/MANIFEST" > "$tmp/airlock-medium.sums"
    [ -s "$tmp/airlock-medium.sums" ] || fail "the medium is damaged: release/MANIFEST lists no packages"
    damaged=$(cd "$medium" && sha256sum --check --quiet "$tmp/airlock-medium.sums" 2>/dev/null | head -n 5 | tr '\n' ' ') || true
    [ -z "$damaged" ] || fail "the medium is damaged: $damaged"
}
check_medium
