# The commands of a page that a test cannot run as they stand, and what stands in for each. Every other command is run.

git() { # the project is there already: its copy stands for the clone
    [ $# -eq 3 ] && [ "$1" = clone ] && ln -sfn . "$3"
}

make() { # its targets set up and check the environment that the test itself runs in; other tests build the manual
    if [ "$PAGE $*" = "README.md reproduce" ]; then # a minute's work: done for one page
        command make --assume-old=.venv/.ready "$@" && [ -f reports/index.html ]
    else
        command make --dry-run "$@" >/dev/null
    fi
}

conda() { # needs the network, and is not everywhere
    [ $# -eq 4 ] && [ "$1 $2 $3" = "env create -f" ] &&
        python -c 'import sys, yaml; assert yaml.safe_load(open(sys.argv[1]))["dependencies"]' "$4"
}

jupyter() { # JupyterLab stays up: it is stopped as soon as it serves
    if [ "$1" != lab ]; then
        command jupyter "$@"
        return
    fi
    local log="$HOME/lab.log"
    command jupyter "$@" >"$log" 2>&1 &
    until grep -q "is running at" "$log"; do
        kill -0 $! || { cat "$log" >&2; return 1; }
        sleep 0.2
    done
    kill $!
    wait $!
    return 0
}

python() { # tests are running: those named are collected
    if [ "$1 $2" = "-m pytest" ]; then
        set -- "$@" --collect-only --quiet -p no:cacheprovider
    fi
    command python "$@"
}

for name in jupyter python; do
    eval "function .venv/bin/$name { $name \"\$@\"; }"
done
