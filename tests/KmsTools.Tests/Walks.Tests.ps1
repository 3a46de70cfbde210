# Walks through fresh sessions: of an operator, of an engineer and of a tester, each from nothing to the end, with the mistakes that people
# make on the way. What is in Walks is all that they see.

BeforeDiscovery {
    $softHsm = '/usr/lib/softhsm/libsofthsm2.so'

    # The first versions that read AWS_ENDPOINT_URL_KMS. Earlier ones would call AWS itself.
    $version = (Get-Command aws -CommandType Application -ErrorAction Ignore) ? "$(aws --version 2>&1)" : ''
    $reads = $version -match '^aws-cli/(\d+\.\d+)' -and [version] $Matches[1] -ge ($version -like 'aws-cli/1.*' ? [version] '1.29' : [version] '2.13')
    $walks = @(
        @{ Name = 'Operator'; Obstacle = (Test-Path $softHsm) ? $null : "$softHsm is not there" }
        @{ Name = 'Engineer'; Obstacle = $reads ? $null : "the AWS CLI, from 1.29 or 2.13, is not there: '$version'" }
        @{ Name = 'Tester'; Obstacle = $null }
    )
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    . "$PSScriptRoot/Played.ps1"
}

Describe 'The walk of <Name>' -ForEach $walks {
    It 'shows what is written, and each error names its cure' {
        if ($Obstacle) { Set-ItResult -Skipped -Because $Obstacle; return }
        Invoke-AsNewUser "& '$PSScriptRoot/Play.ps1' '$PSScriptRoot/Walks/$Name.txt'" | Should -BeExactly (Get-Session "$PSScriptRoot/Walks/$Name.txt")
    }
}

Describe 'The session in the README' {
    It 'shows what is written' {
        (Get-Content -Raw "$PSScriptRoot/../../README.md") -match '(?s)```powershell\n(PS> .*?)\n```' | Should -BeTrue
        Set-Content "$TestDrive/readme.txt" $Matches[1]
        $shown = Invoke-AsNewUser "Set-Location '$PSScriptRoot/../..'; & '$PSScriptRoot/Play.ps1' '$TestDrive/readme.txt' 100"
        $shown | Where-Object Length | Should -BeExactly (Get-Session "$TestDrive/readme.txt" | Where-Object Length)
    }
}
