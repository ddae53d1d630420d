#!/bin/sh
# Usage: make-venv.sh PYPI [FOLDER REQUIREMENTS PYTHON]
# Make the Python environment FOLDER/venv (default: the installer's own, beside this file) from the wheels in the folder
# PYPI, with no index; where PYPI is empty, from the index that pip is set to. Every hash is checked.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
pypi=${1?usage: make-venv.sh PYPI [FOLDER REQUIREMENTS PYTHON]}
folder=${2:-$here}
requirements=${3:-$here/requirements.txt}
python=${4:-$(command -v python3.11 || command -v python3)}

# pip is run from the wheel that Python brings along (where its packager put it, else beside ensurepip): installing it
# first, and solving what the requirements already hold whole, would double the time of all this.
pip=$("$python" - <<'END'
import ensurepip, pathlib, sysconfig
folders = [sysconfig.get_config_var("WHEEL_PKG_DIR") or "", pathlib.Path(ensurepip.__file__).parent / "_bundled"]
print(next(str(wheel) for folder in folders for wheel in sorted(pathlib.Path(folder).glob("pip-*.whl"))))
END
)
rm -rf "$folder/venv.new"
"$python" -m venv --without-pip "$folder/venv.new"
# Not compiled here: Python does so when a module is first used, and most never are.
"$folder/venv.new/bin/python" "$pip/pip" install --quiet --disable-pip-version-check --no-input --no-cache-dir \
    ${pypi:+--no-index --find-links "$pypi"} --require-hashes --no-deps --no-compile -r "$requirements"
# Scripts in venv/bin name their interpreter by its path, which the rename below changes.
grep -lIZ "$folder/venv.new" "$folder"/venv.new/bin/* | xargs -0r sed -i "s|$folder/venv.new|$folder/venv|g"
if [ "$folder" = "$here" ]; then
    purelib=$("$folder/venv.new/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    echo "$here/lib" >"$purelib/airlock.pth"
fi
# What it was made from, so that prepare.sh notices another list.
cp "$requirements" "$folder/venv.new/requirements.txt"
rm -rf "$folder/venv"
mv "$folder/venv.new" "$folder/venv"
