#!/bin/sh
# Finds a Chromium for the tests of the pages, and fonts for Chinese, or installs them.
set -eu

find_it() {
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 \
        || [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ] || [ -x /Applications/Chromium.app/Contents/MacOS/Chromium ]
}

find_fonts() {
    ! command -v apt-get >/dev/null 2>&1 || [ -d /usr/share/fonts/opentype/noto ]
}

find_it && find_fonts && exit 0

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "installing chromium and fonts-noto-cjk"
    apt-get update -qq >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk >/dev/null 2>&1 || true
elif command -v brew >/dev/null 2>&1; then
    echo "installing chromium"
    brew install --quiet --cask chromium
fi

find_it || {
    echo "The tests of the pages need Chromium: install it (Debian: sudo apt-get install chromium fonts-noto-cjk) and run this again." >&2
    exit 1
}
