#!/bin/sh
# Finds rabbitmq-server or installs it. It is not started as a service: the tests run a private node.
set -eu

find_it() {
    command -v rabbitmq-server >/dev/null 2>&1 || [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] \
        || [ -x /opt/homebrew/sbin/rabbitmq-server ] || [ -x /usr/local/sbin/rabbitmq-server ]
}

find_it && exit 0

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "installing rabbitmq-server"
    # A package's start-up script would start the machine's own node; policy-rc.d says no for this one command.
    refusal=$(mktemp -d)
    printf '#!/bin/sh\nexit 101\n' > "$refusal/policy-rc.d"
    chmod +x "$refusal/policy-rc.d"
    apt-get update -qq >/dev/null 2>&1 || true
    PATH="$refusal:$PATH" DEBIAN_FRONTEND=noninteractive apt-get install -y -qq rabbitmq-server >/dev/null 2>&1 || true
    rm -rf "$refusal"
elif command -v brew >/dev/null 2>&1; then
    echo "installing rabbitmq"
    brew install --quiet rabbitmq
fi

find_it || {
    echo "The tests need RabbitMQ's server: install it (Debian: sudo apt-get install rabbitmq-server; macOS: brew install rabbitmq) and run this again." >&2
    exit 1
}
