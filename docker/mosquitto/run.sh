#!/bin/sh
# Mosquitto in a container: the production configuration with the container's addresses, reloaded whenever
# the worker has written the users and rights anew.
set -eu

broker=/var/lib/lingdun/broker
conf=/tmp/mosquitto.conf
sed -e 's|^user .*||' -e 's|^pid_file .*||' -e 's|^listener 1883 .*|listener 1883|' -e 's|^#~||' \
    /lingdun/mosquitto.conf > "$conf"

until [ -f "$broker/passwd" ] && [ -f "$broker/acl" ]; do
    echo "waiting for the worker to write $broker/passwd and acl"
    sleep 1
done

mosquitto -c "$conf" &
mosquitto=$!
trap 'kill -TERM $mosquitto; wait $mosquitto; exit 0' TERM INT

version() { cat "$broker/passwd" "$broker/acl" | md5sum; }
known=$(version)
while kill -0 "$mosquitto" 2>/dev/null; do
    sleep 2 & wait $!
    current=$(version)
    if [ "$current" != "$known" ]; then
        known=$current
        kill -HUP "$mosquitto"
    fi
done
wait "$mosquitto"
