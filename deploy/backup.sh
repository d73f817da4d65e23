#!/bin/sh
# 备份数据库与 DATA_DIR / Back up the database and DATA_DIR, while the server runs.
#
#   SLUICE_DATABASE_URL=… SLUICE_DATA_DIR=… deploy/backup.sh FOLDER
#
# Makes FOLDER/sluice-<UTC time>/ with the database, the files, and their checksums; prints its path.
# The database goes first: a row's file is on the disk before the row, so every row in the copy has its file.
# The copy holds keys.json, which opens the personal data: keep it as safe as the data itself.
set -eu
umask 077

folder=${1:?"usage: backup.sh FOLDER"}
data_dir=${SLUICE_DATA_DIR:?"set SLUICE_DATA_DIR, as the server has it"}
url=${SLUICE_DATABASE_URL:-"sqlite:///$data_dir/sluice.db"}
python=${PYTHON:-python3}

name=sluice-$(date -u +%Y%m%dT%H%M%SZ)
part=$folder/.$name.part
mkdir -p "$folder"
mkdir "$part"
trap 'rm -rf "$part"' EXIT

case $url in
sqlite*)
    file=${url#*:///}
    "$python" - "$file" "$part/database.sqlite" <<'PYTHON'
import sqlite3
import sys

source = sqlite3.connect(f"file:{sys.argv[1]}?mode=rw", uri=True)
copy = sqlite3.connect(sys.argv[2])
source.backup(copy)
state = copy.execute("PRAGMA integrity_check").fetchone()[0]
copy.execute("PRAGMA journal_mode=DELETE")
copy.close()
source.close()
sys.exit(0 if state == "ok" else f"the copy is damaged: {state}")
PYTHON
    ;;
postgres*)
    # SQLAlchemy's name of the driver (postgresql+psycopg://) is not libpq's.
    pg_dump --format=custom --file="$part/database.dump" --dbname="$(printf %s "$url" | sed 's/^postgres[a-z]*+[a-z0-9]*:/postgresql:/')"
    ;;
*)
    echo "unknown database: $url" >&2
    exit 2
    ;;
esac

# 1 means that a file changed while it was read; originals never change, and others are made anew at the start.
tar --create --file="$part/data.tar" --directory="$data_dir" \
    --exclude='./sluice.db' --exclude='./sluice.db-*' --warning=no-file-changed . || [ $? -eq 1 ]

(cd "$part" && sha256sum -- * >SHA256SUMS)
sync -f "$part"
mv "$part" "$folder/$name"
trap - EXIT
echo "$folder/$name"
