#!/usr/bin/env bash
# Builds, tests, shows and packs KmsTools. build.ps1 calls this script, so that every step is written once.
#
#   ./build.sh build      artifacts/KmsTools, ready for Import-Module
#   ./build.sh test       build, then every test; the last line counts them all; with --full, the longer campaigns too
#   ./build.sh demo       build, then a guided tour
#   ./build.sh recording  build, then make the pictures in docs again
#   ./build.sh package    build, then artifacts/KmsTools.<version>.nupkg and SHA256SUMS
#   ./build.sh benchmark  build, then measure; with names, only these parts; with --full, the largest stores too;
#                         with --against COMMIT, beside that commit, which is built too
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly artifacts=artifacts
readonly module=$artifacts/KmsTools
readonly results=$artifacts/results
# SQLite's package carries natives for phones and browsers too; these are what PowerShell runs on.
readonly rids=" linux-x64 linux-arm64 linux-musl-x64 linux-musl-arm64 osx-x64 osx-arm64 win-x64 win-arm64 "
readonly pwsh_floor=7.6

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off

sha256=(sha256sum)
command -v sha256sum >/dev/null || sha256=(shasum -a 256)

say() { printf '%s\n' "$*" >&2; }

build() {
    compile src/KmsTools.slnf
    assemble
}

compile() {
    command -v dotnet >/dev/null || { say "The .NET 10 SDK is needed: https://dotnet.microsoft.com/download/dotnet/10.0"; return 1; }
    dotnet msbuild "$1" -restore -p:Configuration=Release -v:quiet -nologo >&2
}

# The module, from what is compiled. Each assembly and each native library is in it once: the programs find those of the module, and the
# proxy those that it shares with the endpoint.
assemble() {
    rm -rf "$module"
    mkdir -p "$module/Dependencies" "$module/Endpoint" "$module/XksProxy"
    publish KmsTools "$module"
    rm -f "$module/KmsTools.deps.json"
    publish KmsTools.Storage "$module/Dependencies"
    publish KmsTools.Pkcs11 "$module/Dependencies"
    publish KmsTools.Xks "$module/Dependencies"
    publish KmsTools.Yaml "$module/Dependencies"
    publish KmsTools.BouncyCastle "$module/Dependencies"
    publish KmsTools.AwsTypes "$module/Dependencies"
    rm -f "$module"/Dependencies/*.runtimeconfig.json
    local folder
    for folder in "$module"/Dependencies/runtimes/*/; do
        [[ $rids == *" $(basename "$folder") "* ]] || rm -rf "$folder"
    done
    cp src/KmsTools.Endpoint/bin/Release/net10.0/{KmsTools.Endpoint.dll,KmsTools.Endpoint.runtimeconfig.json,KmsTools.Console.dll,KmsTools.Http.dll,System.CommandLine.dll,OpenTelemetry*.dll} \
        "$module/Endpoint/"
    cp src/KmsTools.XksProxy/bin/Release/net10.0/{KmsTools.XksProxy.dll,KmsTools.XksProxy.runtimeconfig.json} "$module/XksProxy/"
    find "$module" \( -name '*.pdb' -o -name 'KmsTools*.xml' \) -delete
    cp KmsTools.psd1 src/KmsTools/KmsTools.Types.ps1xml LICENSE THIRD-PARTY-NOTICES.md CHANGELOG.md "$module/"
    # In one line: at each import PowerShell compares every blank between two elements with the names of all that may be there.
    sed 's/^ *//' src/KmsTools/KmsTools.Format.ps1xml | tr -d '\n' > "$module/KmsTools.Format.ps1xml"
    cp -R en-US src/KmsTools/samples "$module/"
    dotnet src/KmsTools.Help/bin/Release/net10.0/KmsTools.Help.dll src/KmsTools/bin/Release/net10.0/KmsTools.dll \
        "$module/en-US/KmsTools.dll-Help.xml" "$module/kms-estate.schema.json"
    dotnet "$module/XksProxy/KmsTools.XksProxy.dll" schema > "$module/kms-xks-proxy.schema.json"
    list_components
    (cd "$module" && find . -type f ! -name checksums.sha256 | LC_ALL=C sort | sed 's|^\./||' | tr '\n' '\0' | xargs -0 "${sha256[@]}" > checksums.sha256)
}

publish() {
    dotnet publish "src/$1" -c Release --no-build -o "$2" -v quiet -nologo >&2
}

# The bill of materials (CycloneDX). Without its time, so that the same sources give the same file.
list_components() {
    local version
    version=$(sed -n "s/^ *ModuleVersion *= *'\(.*\)'/\1/p" KmsTools.psd1)
    # The reference assembly of PowerShell, and what PowerShell brings, are only compiled against.
    # Both tools of the manifest are asked for; this one may be there although PowerShell is not.
    dotnet tool restore >/dev/null 2>&1 || true
    dotnet tool run dotnet-CycloneDX -- src/KmsTools.slnf --output "$artifacts" --filename bom.cdx.json --output-format Json --disable-package-restore \
        --no-serial-number --exclude-filter PowerShellStandard.Library,Newtonsoft.Json --set-name KmsTools --set-version "$version" --set-type Library > "$artifacts/bom.log" 2>&1 || { cat "$artifacts/bom.log" >&2; return 1; }
    sed '/^    "timestamp": /d' "$artifacts/bom.cdx.json" > "$module/bom.cdx.json"
}

# PowerShell runs the module: the one on the PATH, or else the dotnet tool of this repository, which is put there.
ensure_pwsh() {
    local version home runtime
    if command -v pwsh >/dev/null && version=$(pwsh -NoLogo -NoProfile -NonInteractive -Command '"$($PSVersionTable.PSVersion)"' 2>/dev/null) &&
        [[ $(printf '%s\n%s\n' "$pwsh_floor" "$version" | sort -V | head -n 1) == "$pwsh_floor" ]]; then
        return
    fi
    if dotnet tool restore >/dev/null 2>&1 && home=$(dotnet tool run pwsh -- -NoLogo -NoProfile -NonInteractive -Command \
        '$PSHOME; [Runtime.InteropServices.RuntimeEnvironment]::GetRuntimeDirectory().TrimEnd([IO.Path]::DirectorySeparatorChar)' 2>/dev/null); then
        runtime=${home##*$'\n'}
        home=${home%%$'\n'*}
        write_pwsh "$home"
        export PATH=$PWD/$artifacts/bin:$PATH
        [[ ${1:-} != compiled ]] || compile_pwsh "$home" "$runtime"
        return
    fi
    say "PowerShell $pwsh_floor or newer is not on the PATH, and the dotnet tool of that name cannot be had: https://aka.ms/install-powershell"
    return 1
}

# The tool is for every platform, so that each process of it compiles again what it uses, which is half of what a short one does. For the
# tests it is compiled once, as in PowerShell's own packages; where it cannot be, they take longer.
compile_pwsh() {
    local home=$1 runtime=$2 compiled=$PWD/$artifacts/pwsh
    if [[ $(cat "$compiled/compiled" 2>/dev/null) != "$home $runtime" ]]; then
        rm -rf "$compiled"
        mkdir -p "$artifacts"
        cp -R "$home" "$compiled"
        dotnet msbuild tests/KmsTools.Tests/PowerShell/PowerShell.csproj -restore -t:CompilePowerShell \
            -p:Home="$home" -p:Runtime="$runtime" -p:Compiled="$compiled" -v:quiet -nologo > "$artifacts/pwsh.log" 2>&1 || return 0
        echo "$home $runtime" > "$compiled/compiled"
    fi
    write_pwsh "$compiled"
}

write_pwsh() {
    mkdir -p "$artifacts/bin"
    printf '#!/bin/sh\nexec dotnet "%s/pwsh.dll" "$@"\n' "$1" > "$artifacts/bin/pwsh"
    chmod +x "$artifacts/bin/pwsh"
}

# Always the same Pester, in a folder of its own.
ensure_pester() {
    dotnet msbuild tests/KmsTools.Tests/Pester.csproj -restore -t:Install -p:Modules="$PWD/$artifacts/modules" -v:quiet -nologo >&2 && return
    say "Pester cannot be had."
    return 1
}

# SoftHSM stands for a real HSM in the tests and the demo.
ensure_softhsm() {
    command -v softhsm2-util >/dev/null && return
    local root=()
    [[ $(id -u) -eq 0 ]] || root=(sudo -n)
    if command -v apt-get >/dev/null && { [[ $(id -u) -eq 0 ]] || sudo -n true 2>/dev/null; }; then
        say "Installing softhsm2."
        { "${root[@]}" apt-get update -qq && DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq softhsm2; } >/dev/null 2>&1 && return
    fi
    say "SoftHSM is missing. Install it with: apt-get install softhsm2"
}

# A real PostgreSQL for the tests of shared stores, which start servers of their own. Debian's package would make a server and start it:
# nothing else on this machine has asked for one.
ensure_postgresql() {
    tests/Shared/postgresql.sh find >/dev/null 2>&1 && return
    local root=() settings=/etc/postgresql-common/createcluster.d/kmstools.conf status=0
    [[ $(id -u) -eq 0 ]] || root=(sudo -n)
    if command -v apt-get >/dev/null && { [[ $(id -u) -eq 0 ]] || sudo -n true 2>/dev/null; }; then
        say "Installing postgresql."
        {
            "${root[@]}" mkdir -p "${settings%/*}" && echo "create_main_cluster = false" | "${root[@]}" tee "$settings" &&
                "${root[@]}" apt-get update -qq &&
                "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql
        } >/dev/null 2>&1 || status=$?
        "${root[@]}" rm -f "$settings"
        "${root[@]}" rmdir "${settings%/*}" 2>/dev/null || true
        [[ $status -ne 0 ]] || return 0
    fi
    say "PostgreSQL is missing, and the tests of shared stores are skipped. Install it with: apt-get install postgresql"
}

# The browser that looks at the console: its shell without windows, where that is a package.
ensure_chromium() {
    local root=() name
    for name in chromium-headless-shell chromium chromium-browser google-chrome; do
        ! command -v "$name" >/dev/null || return 0
    done
    [[ $(id -u) -eq 0 ]] || root=(sudo -n)
    if command -v apt-get >/dev/null && { [[ $(id -u) -eq 0 ]] || sudo -n true 2>/dev/null; }; then
        say "Installing chromium."
        "${root[@]}" apt-get update -qq >/dev/null 2>&1 || true
        for name in chromium-headless-shell chromium; do
            DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "$name" >/dev/null 2>&1 && return
        done
    fi
    say "Chromium is missing, and the tests of the console in a browser are skipped. Install it with: apt-get install chromium"
}

# PKCS#11 modules beside SoftHSM. Tests of one that is missing are skipped with a message.
ensure_pkcs11_modules() {
    local packages=(opensc-pkcs11 p11-kit p11-kit-modules libnss3
        opencryptoki swtpm swtpm-tools libtpm2-pkcs11-1 libtpm2-pkcs11-tools tpm2-tools)
    command -v dpkg-query >/dev/null || return 0
    [[ $(dpkg-query -W -f '${Status}\n' "${packages[@]}" 2>/dev/null | grep -c '^install ok installed') -lt ${#packages[@]} ]] || return 0
    local root=()
    [[ $(id -u) -eq 0 ]] || root=(sudo -n)
    if [[ $(id -u) -eq 0 ]] || sudo -n true 2>/dev/null; then
        say "Installing ${packages[*]}."
        { "${root[@]}" apt-get update -qq && DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}"; } \
            >/dev/null 2>&1 && return
    fi
    say "Some PKCS#11 modules are missing, and their tests are skipped. Install them with: apt-get install ${packages[*]}"
}

# The tests of the endpoint use what is there of Node.js, npm and a registry.
ensure_node_clients() {
    local folder=$PWD/$artifacts/node
    command -v npm >/dev/null || return 0
    mkdir -p "$folder"
    cp tests/KmsTools.Endpoint.Tests/Clients/package.json "$folder/"
    if npm install --prefix "$folder" --silent --no-audit --no-fund >/dev/null 2>&1; then
        export KMSTOOLS_NODE_MODULES=$folder/node_modules
    else
        say "The clients for JavaScript could not be installed: their tests are left out."
    fi
}

# What a number of test suites came to, from the files that they wrote: "passed failed skipped" each.
sum_up() {
    cat "$results"/*.counts | awk '{ passed += $1; failed += $2; skipped += $3 } END { print passed + 0 " passed, " failed + 0 " failed, " skipped + 0 " skipped" }'
}

# One suite, in a process of its own, beside others: they share no files, no ports and no tokens.
suite() {
    local name=$1 begin=$SECONDS status=0
    [[ $name != *PostgreSQL ]] || export KMSTOOLS_TEST_STORE=PostgreSQL
    case $name in
        Pester-PostgreSQL) run_pester "$name" -Path tests/KmsTools.Tests/Journeys.Tests.ps1 || status=$? ;;
        Pester-*) run_pester "$name" || status=$? ;;
        Reproducibility) run_reproducibility || status=$? ;;
        *) run_xunit "$name" || status=$? ;;
    esac > "$results/$name.log" 2>&1
    if [[ ! -s $results/$name.counts ]]; then
        { echo "    $name ended with exit code $status and without results. [FAIL]"; tail -n 20 "$results/$name.log" | sed 's/^/      /'; } >> "$results/$name.failures"
        echo "0 1 0" > "$results/$name.counts"
    fi
    awk -v name="$name" -v took=$((SECONDS - begin)) '{ printf "%-32s %4d s   %d passed, %d failed, %d skipped\n", name, took, $1, $2, $3 }' "$results/$name.counts" >&2
}

# A command, ended when it hangs: half an hour is several times what any suite takes.
limited() {
    local limit=1800
    [[ -z ${KMSTOOLS_TEST_FULL:-} ]] || limit=14400
    if command -v timeout >/dev/null; then
        timeout --foreground --kill-after=10 "$limit" "$@"
    else
        "$@"
    fi
}

# A folder for what tests keep for a moment, in memory where there is enough of it: their stores sync all the time. What a loss of power, a
# full disk or a failing one does is made by the tests themselves, wherever their stores are.
fast_folder() {
    local memory=/dev/shm folder
    if [[ -d $memory && -w $memory ]] && [[ $(df -P -k "$memory" | awk 'NR == 2 { print $1, ($4 >= 6 * 1024 * 1024) }') == "tmpfs 1" ]]; then
        folder=$(mktemp -d "$memory/kmstools-XXXX")
        printf '#!/bin/sh\n' > "$folder/runs"
        chmod +x "$folder/runs"
        if "$folder/runs" 2>/dev/null; then
            rm "$folder/runs"
            share "$folder"
            return
        fi
        rm -r "$folder"
    fi
    share "$(mktemp -d)"
}

# PostgreSQL's servers are another user's.
share() {
    chmod 755 "$1"
    echo "$1"
}

# The engine's campaigns of faults wait more than they work, one after the other: they are a suite beside the rest of its tests.
readonly campaigns=KmsTools.Engine.Tests.Campaigns

run_xunit() {
    local name=$1 xml=$results/$1.xml status=0 project=$1 filter=()
    case $name in
        *.PostgreSQL) project=${name%.*} filter=(-trait Store=Every -trait- Store=Folder) ;;
        "$campaigns") project=${name%.*} filter=(-namespace KmsTools.Faults -namespace KmsTools.Durability -namespace KmsTools.Fuzzing) ;;
        "${campaigns%.*}") filter=(-namespace- KmsTools.Faults -namespace- KmsTools.Durability -namespace- KmsTools.Fuzzing) ;;
    esac
    # A test that hangs is named in the log.
    limited "tests/$project/bin/Release/net10.0/$project" ${filter[@]+"${filter[@]}"} -xml "$PWD/$xml" -longRunning 120 -noLogo -noColor || status=$?
    # A failed test is the line that says so and the deeper lines below it.
    awk '/\[FAIL\]/ { show = 1; print; next } !/^      / { show = 0 } show' "$results/$name.log" > "$results/$name.failures"
    # A skipped test says why in the line below it.
    awk '/\[SKIP\]/ { sub(/ *\[SKIP\].*/, ""); sub(/^ */, ""); test = $0; getline; sub(/^ */, ""); print test ": " $0 }' "$results/$name.log" > "$results/$name.skips"
    [[ -s $xml ]] || return "$((status ? status : 1))"
    echo "$(result "$xml" passed) $(($(result "$xml" failed) + $(result "$xml" errors))) $(result "$xml" skipped)" > "$results/$name.counts"
}

# The number in an attribute of the results' <assembly> element.
result() {
    grep -o -m 1 "<assembly [^>]*" "$1" | grep -o " $2=\"[0-9]*\"" | grep -o '[0-9]*'
}

run_pester() {
    local name=$1
    shift
    # Half of what Pester and the many processes that it starts do is to compile: less often again what is used much, and without a second
    # mapping of what is written.
    DOTNET_TC_CallCountThreshold=400 DOTNET_EnableWriteXorExecute=0 limited pwsh -NoLogo -NoProfile -NonInteractive -File tests/KmsTools.Tests/Run.ps1 -Module "$module" -Package "$artifacts" -Results "$results" -Name "$name" "$@"
}

# The same commit, cloned into another folder, gives the same package.
run_reproducibility() {
    local folder
    if [[ -n $(git status --porcelain 2>&1) ]]; then
        echo "Reproducibility: what is built here is not what is committed." > "$results/Reproducibility.skips"
        echo "0 0 1" > "$results/Reproducibility.counts"
        return
    fi
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' RETURN
    git clone -q . "$folder/another clone"
    "$folder/another clone/build.sh" package &&
        diff "$module/checksums.sha256" "$folder/another clone/$module/checksums.sha256" &&
        diff "$artifacts/SHA256SUMS" "$folder/another clone/$artifacts/SHA256SUMS" &&
        echo "1 0 0" > "$results/Reproducibility.counts"
}

run_tests() {
    [[ ${1:-} != --full ]] || export KMSTOOLS_TEST_FULL=1
    rm -rf "$results"
    mkdir -p "$results"
    compile KmsTools.sln
    assemble
    pack
    ensure_softhsm
    ensure_pkcs11_modules
    ensure_postgresql
    ensure_chromium
    ensure_node_clients
    # Most processes of tests end before code that was compiled again pays: it is, when for a second (hexadecimal milliseconds) none is new.
    export DOTNET_TieredPGO=0 DOTNET_TC_CallCountingDelayMs=400
    # The longest first; more at a time than there are cores, because much of what they do is to wait.
    local suites=(KmsTools.Engine.Tests "$campaigns") project lanes
    lanes=$(($(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 2))
    if ensure_pwsh compiled && ensure_pester; then
        suites+=(Pester-1 Pester-2)
    elif [[ ${CI:-} == true ]]; then
        return 1
    else
        say "The tests of the cmdlets, in tests/KmsTools.Tests, are left out."
    fi
    for project in tests/*.Tests/*.Tests.csproj; do
        project=$(basename "$project" .csproj)
        [[ $project == "${suites[0]}" ]] || suites+=("$project")
    done
    # What is true of every store, once more with stores in databases.
    if tests/Shared/postgresql.sh find >/dev/null 2>&1; then
        suites+=(KmsTools.Endpoint.Tests.PostgreSQL KmsTools.Storage.Tests.PostgreSQL)
        [[ " ${suites[*]} " != *" Pester-1 "* ]] || suites+=(Pester-PostgreSQL)
    fi
    [[ -z ${KMSTOOLS_TEST_FULL:-} ]] || suites+=(Reproducibility)
    TMPDIR=$(fast_folder)
    export TMPDIR
    trap 'rm -rf "$TMPDIR"' EXIT
    printf '%s\n' "${suites[@]}" | xargs -P "$lanes" -n 1 "$0" suite
    tell Skipped skips
    tell Failed failures
    sum_up
    ! grep -vq '^[0-9]* 0 ' "$results"/*.counts
}

# What the suites have noted, once more at the end, where it is seen.
tell() {
    cat "$results"/*."$2" 2>/dev/null | sort -u > "$results/$2.txt" || true
    [[ ! -s $results/$2.txt ]] || { say "== $1"; cat "$results/$2.txt" >&2; }
}

demo() {
    build
    ensure_softhsm
    if ensure_pwsh; then
        pwsh -NoLogo -NoProfile -File tests/KmsTools.Tests/Demo.ps1 -Module "$module"
    elif [[ ${CI:-} == true ]]; then
        return 1
    else
        say "The journeys are played through the endpoint with the AWS SDK for .NET instead."
        demo_without_pwsh
    fi
}

demo_without_pwsh() (
    library=
    for candidate in /usr/lib/softhsm/libsofthsm2.so /usr/lib64/pkcs11/libsofthsm2.so /usr/local/lib/softhsm/libsofthsm2.so /opt/homebrew/lib/softhsm/libsofthsm2.so; do
        [[ -n $library || ! -e $candidate ]] || library=$candidate
    done
    [[ -n $library ]] || { say "SoftHSM2 is not installed."; return 1; }
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    mkdir "$folder/tokens"
    printf 'directories.tokendir = %s\nlog.level = ERROR\n' "$folder/tokens" > "$folder/softhsm2.conf"
    SOFTHSM2_CONF=$folder/softhsm2.conf dotnet run --project tests/KmsTools.Demo -c Release -v quiet -- "$library"
)

# The pictures of the README, each from a run of the commands in the text beside it.
recording() {
    build
    ensure_softhsm
    ensure_pwsh
    local shop="\$env:SOFTHSM2_CONF = ''; . '$PWD/tests/KmsTools.Tests/Screens/Setup.ps1'"
    picture tour -Animated
    picture status -Hidden "$shop"
    picture schedule -Hidden "$shop"
}

picture() {
    local name=$1
    shift
    pwsh -NoLogo -NoProfile -NonInteractive -File docs/Record.ps1 -CommandFile "docs/$name.txt" -Path "docs/$name.svg" -Module "$module" "$@"
}

package() {
    build
    pack
}

# What is built, as a package for the PowerShell Gallery, with its checksum. The release notes are the newest section of the changelog.
pack() {
    local notes
    notes=$(awk '/^## /{ if (seen++) exit; next } seen' CHANGELOG.md | sed 's/%/%25/g; s/;/%3B/g; s/,/%2C/g')
    rm -f "$artifacts"/KmsTools.*.nupkg "$artifacts/SHA256SUMS"
    dotnet pack src/KmsTools -c Release --no-build -v quiet -nologo -p:ModuleFolder="$PWD/$module" \
        -p:PackageReleaseNotes="$notes" -p:DeterministicTimestamp="$(git log -1 --format=%ct 2>/dev/null || true)" -o "$artifacts" >&2
    (cd "$artifacts" && "${sha256[@]}" KmsTools.*.nupkg > SHA256SUMS)
}

benchmark() {
    local program=tests/Benchmarks/bin/Release/net10.0/KmsTools.Benchmarks arguments=()
    build
    ensure_softhsm
    ensure_postgresql
    ensure_pwsh || true
    compile tests/Benchmarks
    while [[ $# -gt 0 ]]; do
        case $1 in
            --against)
                build_commit "${2:?--against needs a commit}"
                arguments+=(--against "$PWD/$other/$program")
                shift 2
                ;;
            *) arguments+=("$1"); shift ;;
        esac
    done
    "$program" ${arguments[@]+"${arguments[@]}"}
}

# The module and the benchmarks of another commit, in a folder of their own.
build_commit() {
    local commit
    commit=$(git rev-parse --verify --short=12 "$1^{commit}")
    other=$artifacts/against/$commit
    [[ ! -e $other/built ]] || return 0
    rm -rf "$other"
    git clone -q . "$other"
    git -C "$other" checkout -q --detach "$commit"
    "$other/build.sh" build
    dotnet build "$other/tests/Benchmarks" -c Release -v quiet -nologo >&2
    touch "$other/built"
}

main() {
    case ${1:-build} in
        build) build ;;
        test) shift; run_tests "$@" ;;
        suite) suite "$2" ;;
        demo) demo ;;
        recording) recording ;;
        package) package ;;
        benchmark) shift; benchmark "$@" ;;
        *) say "Usage: ./build.sh build|test|demo|recording|package|benchmark"; return 2 ;;
    esac
}

# In one line: bash reads a script while it runs it, and this one may be edited or replaced in the meantime.
main "$@"; exit $?
