#!/bin/sh
# Usage: make-venv.sh PYPI
# Make the Python environment beside this file from the wheels in the folder PYPI: no index, every hash checked.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
pypi=${1:?usage: make-venv.sh PYPI}
python=$(command -v python3.11 || command -v python3)

# pip is run from the wheel that Python brings along (where its packager put it, else beside ensurepip): installing it
# first, and solving what requirements.txt already holds whole, would double the time of all this.
pip=$("$python" - <<'END'
import ensurepip, pathlib, sysconfig
folders = [sysconfig.get_config_var("WHEEL_PKG_DIR") or "", pathlib.Path(ensurepip.__file__).parent / "_bundled"]
print(next(str(wheel) for folder in folders for wheel in sorted(pathlib.Path(folder).glob("pip-*.whl"))))
END
)
rm -rf "$here/venv.new"
"$python" -m venv --without-pip "$here/venv.new"
# Not compiled here: Python does so when a module is first used, and most never are.
"$here/venv.new/bin/python" "$pip/pip" install --quiet --disable-pip-version-check --no-input --no-cache-dir \
    --no-index --find-links "$pypi" --require-hashes --no-deps --no-compile -r "$here/requirements.txt"
# Scripts in venv/bin name their interpreter by its path, which the rename below changes.
grep -lIZ "^#!$here/venv.new/" "$here"/venv.new/bin/* | xargs -0 sed -i "1s|$here/venv.new/|$here/venv/|"
echo "$here/lib" >"$("$here/venv.new/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/airlock.pth"
rm -rf "$here/venv"
mv "$here/venv.new" "$here/venv"
