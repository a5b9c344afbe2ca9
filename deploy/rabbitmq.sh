#!/bin/sh
# Finds rabbitmq-server's programs or installs them. Should the system start a node of its own, the tests do not touch it:
# they run a private one.
set -eu

find_it() {
    command -v rabbitmq-server >/dev/null 2>&1 || [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] \
        || [ -x /opt/homebrew/sbin/rabbitmq-server ] || [ -x /usr/local/sbin/rabbitmq-server ]
}

find_it && exit 0

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "installing rabbitmq-server"
    apt-get update -qq >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq rabbitmq-server >/dev/null 2>&1 || true
elif command -v brew >/dev/null 2>&1; then
    echo "installing rabbitmq"
    brew install --quiet rabbitmq
fi

find_it || {
    echo "The tests need RabbitMQ's server: install it (Debian: sudo apt-get install rabbitmq-server; macOS: brew install rabbitmq) and run this again." >&2
    exit 1
}
