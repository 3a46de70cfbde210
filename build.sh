#!/usr/bin/env bash
# Builds, tests, shows and packs KmsTools. build.ps1 calls this script, so that every step is written once.
#
#   ./build.sh build      artifacts/KmsTools, ready for Import-Module
#   ./build.sh test       build, then every test; the last line counts them all
#   ./build.sh demo       build, then a guided tour
#   ./build.sh package    build, then artifacts/KmsTools.<version>.nupkg and SHA256SUMS
#   ./build.sh benchmark  build, then measure; with names, only these parts; with --full, the largest stores too
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly artifacts=artifacts
readonly module=$artifacts/KmsTools
readonly failures=$artifacts/results/failures.txt
# SQLite's package carries natives for phones and browsers too; these are what PowerShell runs on.
readonly rids=" linux-x64 linux-arm64 linux-musl-x64 linux-musl-arm64 osx-x64 osx-arm64 win-x64 win-arm64 "
readonly pwsh_floor=7.6

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off

sha256=(sha256sum)
command -v sha256sum >/dev/null || sha256=(shasum -a 256)

say() { printf '%s\n' "$*" >&2; }

build() {
    command -v dotnet >/dev/null || { say "The .NET 10 SDK is needed: https://dotnet.microsoft.com/download/dotnet/10.0"; return 1; }
    rm -rf "$module"
    mkdir -p "$module/Dependencies"
    publish KmsTools "$module"
    rm -f "$module/KmsTools.deps.json" "$module"/*.pdb "$module"/*.xml
    publish KmsTools.Sqlite "$module/Dependencies"
    publish KmsTools.Pkcs11 "$module/Dependencies"
    publish KmsTools.Yaml "$module/Dependencies"
    publish KmsTools.BouncyCastle "$module/Dependencies"
    publish KmsTools.Endpoint "$module/Endpoint"
    rm -f "$module"/Endpoint/*.pdb "$module"/Endpoint/*.xml
    rm -f "$module"/Dependencies/*.pdb "$module"/Dependencies/KmsTools.*.xml "$module"/Dependencies/*.runtimeconfig.json
    local folder
    for folder in "$module"/{Dependencies,Endpoint}/runtimes/*/; do
        [[ $rids == *" $(basename "$folder") "* ]] || rm -rf "$folder"
    done
    cp KmsTools.psd1 src/KmsTools/KmsTools.Format.ps1xml src/KmsTools/Estates/kms-estate.schema.json LICENSE CHANGELOG.md "$module/"
    cp -R en-US src/KmsTools/samples "$module/"
    dotnet run --project src/KmsTools.Help -c Release -v quiet -- src/KmsTools/bin/Release/net10.0/KmsTools.dll "$module/en-US/KmsTools.dll-Help.xml"
    (cd "$module" && find . -type f ! -name checksums.sha256 | LC_ALL=C sort | sed 's|^\./||' | tr '\n' '\0' | xargs -0 "${sha256[@]}" > checksums.sha256)
}

publish() {
    dotnet publish "src/$1" -c Release -o "$2" -v quiet -nologo >&2
}

# The path of a PowerShell that can run the module, or nothing.
find_pwsh() {
    local version
    command -v pwsh >/dev/null || return 0
    version=$(pwsh -NoLogo -NoProfile -NonInteractive -Command '"$($PSVersionTable.PSVersion)"' 2>/dev/null) || return 0
    [[ $(printf '%s\n%s\n' "$pwsh_floor" "$version" | sort -V | head -n 1) == "$pwsh_floor" ]] && command -v pwsh
    return 0
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

passed=0 failed=0 skipped=0

count() {
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

# The number in an attribute of the results' <assembly> element.
result() {
    grep -o -m 1 "<assembly [^>]*" "$1" | grep -o " $2=\"[0-9]*\"" | grep -o '[0-9]*'
}

run_xunit() {
    local project=$1 name results status=0
    name=$(basename "$project" .csproj)
    results=$PWD/$artifacts/results/$name.xml
    say "== $name"
    "$(dirname "$project")/bin/Release/net10.0/$name" -xml "$results" -noLogo -noColor 2>&1 | tee "$artifacts/results/$name.log" >&2 || status=$?
    # A failed test is the line that says so and the deeper lines below it.
    awk '/\[FAIL\]/ { show = 1; print; next } !/^ {6}/ { show = 0 } show' "$artifacts/results/$name.log" >> "$failures"
    if [[ -s $results ]]; then
        count "$(result "$results" passed)" $(($(result "$results" failed) + $(result "$results" errors))) "$(result "$results" skipped)"
    else
        say "$name ended with exit code $status and without results."
        count 0 1 0
    fi
}

run_pester() {
    local pwsh results=$PWD/$artifacts/results/Pester.txt status=0
    pwsh=$(find_pwsh)
    if [[ -z $pwsh ]]; then
        say "PowerShell $pwsh_floor or newer is not on the PATH: the Pester tests in tests/KmsTools.Tests are left out."
        return
    fi
    if ! "$pwsh" -NoLogo -NoProfile -NonInteractive -Command 'exit [int](-not (Get-Module -ListAvailable Pester | Where-Object { $_.Version.Major -ge 5 }))'; then
        say "Pester 5 is not installed: the tests in tests/KmsTools.Tests are left out. Install it with: Install-PSResource Pester"
        return
    fi
    say "== KmsTools.Tests"
    "$pwsh" -NoLogo -NoProfile -NonInteractive -File tests/KmsTools.Tests/Run.ps1 -Module "$module" -Package "$artifacts" -Counts "$results" -Failures "$failures" >&2 || status=$?
    if [[ -s $results ]]; then
        # shellcheck disable=SC2046
        count $(cat "$results")
    else
        say "Pester ended with exit code $status and without results."
        count 0 1 0
    fi
}

run_tests() {
    build
    pack
    ensure_softhsm
    ensure_node_clients
    rm -rf "$artifacts/results"
    mkdir -p "$artifacts/results"
    dotnet build KmsTools.sln -c Release -v quiet -nologo >&2
    local project
    for project in tests/*.Tests/*.Tests.csproj; do
        run_xunit "$project"
    done
    run_pester
    # Once more at the end, where they are seen.
    [[ ! -s $failures ]] || { say "== Failed"; cat "$failures" >&2; }
    echo "$passed passed, $failed failed, $skipped skipped"
    [[ $failed -eq 0 ]]
}

demo() {
    build
    ensure_softhsm
    local pwsh
    pwsh=$(find_pwsh)
    if [[ -n $pwsh ]]; then
        "$pwsh" -NoLogo -NoProfile -File tests/KmsTools.Tests/Demo.ps1 -Module "$module"
    elif dotnet tool restore >/dev/null 2>&1; then
        dotnet tool run pwsh -NoLogo -NoProfile -File tests/KmsTools.Tests/Demo.ps1 -Module "$module"
    else
        say "PowerShell $pwsh_floor or newer is not on the PATH (dotnet tool install --global PowerShell installs it): the journeys are played through the endpoint with the AWS SDK for .NET instead."
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

package() {
    build
    pack
}

# What is built, as a package for the PowerShell Gallery, with its checksum. The release notes are the newest section of the changelog.
pack() {
    local notes
    notes=$(awk '/^## /{ if (seen++) exit; next } seen' CHANGELOG.md | sed 's/%/%25/g; s/;/%3B/g; s/,/%2C/g')
    rm -f "$artifacts"/KmsTools.*.nupkg "$artifacts/SHA256SUMS"
    dotnet pack src/KmsTools -c Release -v quiet -nologo -p:ModuleFolder="$PWD/$module" -p:PackageReleaseNotes="$notes" -o "$artifacts" >&2
    (cd "$artifacts" && "${sha256[@]}" KmsTools.*.nupkg > SHA256SUMS)
}

benchmark() {
    build
    ensure_softhsm
    dotnet build tests/Benchmarks -c Release -v quiet -nologo >&2
    tests/Benchmarks/bin/Release/net10.0/KmsTools.Benchmarks "$@"
}

case ${1:-build} in
    build) build ;;
    test) run_tests ;;
    demo) demo ;;
    package) package ;;
    benchmark) shift; benchmark "$@" ;;
    *) say "Usage: ./build.sh build|test|demo|package|benchmark"; exit 2 ;;
esac
