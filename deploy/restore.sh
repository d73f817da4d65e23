#!/bin/sh
# 从备份恢复 / Restore what backup.sh made. Stop web and worker first.
#
#   SLUICE_DATABASE_URL=… SLUICE_DATA_DIR=… deploy/restore.sh FOLDER/sluice-<UTC time> [--replace]
#
# Refuses to touch a database or DATA_DIR that holds anything, unless told to --replace it.
# Messages that were sent after the backup was made may go out again, under the same idempotency keys.
set -eu
umask 077

backup=${1:?"usage: restore.sh BACKUP [--replace]"}
replace=${2:-}
data_dir=${SLUICE_DATA_DIR:?"set SLUICE_DATA_DIR, as the server has it"}
url=${SLUICE_DATABASE_URL:-"sqlite:///$data_dir/sluice.db"}

refuse() {
    echo "$1 is not empty: add --replace to overwrite it / $1 已有数据：如确认覆盖请加 --replace" >&2
    exit 1
}

case $replace in
"" | --replace) ;;
*)
    echo "usage: restore.sh BACKUP [--replace], not $replace / 用法：restore.sh 备份 [--replace]" >&2
    exit 2
    ;;
esac

# A line cut short, and a file without a line, are as bad as a file that changed.
(cd "$backup" && sha256sum --check --quiet --strict SHA256SUMS)
for part in data.tar 'database.*'; do
    (cd "$backup" && for file in $part; do grep -q "  $file\$" SHA256SUMS; done) ||
        { echo "$backup/SHA256SUMS does not name $part / 校验清单缺少 $part" >&2; exit 1; }
done
mkdir -p "$data_dir"

case $url in
sqlite*)
    file=${url#*:///}
    [ -n "$replace" ] || [ ! -e "$file" ] || refuse "$file"
    [ -n "$replace" ] || [ -z "$(ls -A "$data_dir")" ] || refuse "$data_dir"
    test -f "$backup/database.sqlite" || { echo "this backup is of another kind of database" >&2; exit 1; }
    rm -f "$file" "$file-wal" "$file-shm"
    mkdir -p "$(dirname "$file")"
    cp "$backup/database.sqlite" "$file.part"
    sync "$file.part"
    mv "$file.part" "$file"
    ;;
postgres*)
    target=$(printf %s "$url" | sed 's/^postgres[a-z]*+[a-z0-9]*:/postgresql:/')
    test -f "$backup/database.dump" || { echo "this backup is of another kind of database" >&2; exit 1; }
    tables=$(psql --no-psqlrc --tuples-only --no-align --dbname="$target" \
        --command="SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    [ -n "$replace" ] || [ "$tables" = 0 ] || refuse "the database"
    [ -n "$replace" ] || [ -z "$(ls -A "$data_dir")" ] || refuse "$data_dir"
    # Tables that are younger than the backup would stay otherwise.
    psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname="$target" \
        --command="SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public"
    pg_restore --no-owner --single-transaction --exit-on-error --dbname="$target" "$backup/database.dump"
    ;;
*)
    echo "unknown database: $url" >&2
    exit 2
    ;;
esac

# Files of the backup replace those of the same name; originals that came later do no harm and stay.
tar --extract --file="$backup/data.tar" --directory="$data_dir" --no-same-owner
echo "restored / 已恢复: $backup"
