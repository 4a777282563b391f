#!/bin/sh
if [ "$1" = --list ]; then echo '{"g": ["a", "b"]}'; elif [ "$2" = a ]; then echo '{"v": "a"}'; else echo '{}'; fi
