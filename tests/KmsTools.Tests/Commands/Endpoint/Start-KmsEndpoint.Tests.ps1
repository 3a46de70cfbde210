BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $connection = Connect-Kms -Temporary
}

AfterAll {
    Get-KmsEndpoint | Stop-KmsEndpoint
    Disconnect-Kms
}

# What endpoints serve is in Endpoint.Tests.ps1.
Describe 'Start-KmsEndpoint' {
    It 'starts nothing with -WhatIf' {
        Get-WhatIf { Start-KmsEndpoint -WhatIf } | Should -BeExactly "What if: Serve the store in $($connection.Path) over HTTP"
        Get-KmsEndpoint | Should -BeNullOrEmpty
    }

    It 'serves the store of the session on a port of its own' {
        $endpoint = Start-KmsEndpoint
        $endpoint.Store | Should -BeExactly $connection.Path
        $endpoint.Url | Should -Match '^http://127\.0\.0\.1:\d+$'
        $endpoint.IsRunning | Should -BeTrue
        $endpoint.ProcessId | Should -Not -Be $PID
    }

    It 'sets what clients read with -SetEnvironment, until it is stopped' {
        $names = 'AWS_ENDPOINT_URL_KMS', 'AWS_ENDPOINT_URL_STS', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE', 'AWS_REGION', 'AWS_DEFAULT_REGION'
        $before = $names.ForEach({ [Environment]::GetEnvironmentVariable($_) })
        $names.ForEach({ [Environment]::SetEnvironmentVariable($_, $null) })
        $env:AWS_PROFILE, $env:AWS_ACCESS_KEY_ID = 'mine', 'AKIAMINE'
        try {
            $endpoint = Start-KmsEndpoint -SetEnvironment
            $env:AWS_ENDPOINT_URL_KMS, $env:AWS_ENDPOINT_URL_STS | Should -BeExactly $endpoint.Url, $endpoint.Url
            $env:AWS_REGION, $env:AWS_DEFAULT_REGION | Should -BeExactly 'us-east-1', 'us-east-1'
            $env:AWS_PROFILE | Should -BeNullOrEmpty
            (Get-KmsAccessKey).AccessKeyId | Should -BeExactly $env:AWS_ACCESS_KEY_ID
            $env:AWS_SECRET_ACCESS_KEY.Length | Should -Be 40
            $endpoint | Format-List * | Out-String | Should -Not -Match ([regex]::Escape($env:AWS_SECRET_ACCESS_KEY))
            $env:AWS_DEFAULT_REGION = 'eu-west-1'
            $endpoint | Stop-KmsEndpoint
            $env:AWS_PROFILE, $env:AWS_ACCESS_KEY_ID | Should -BeExactly 'mine', 'AKIAMINE'
            "[$env:AWS_ENDPOINT_URL_KMS$env:AWS_SECRET_ACCESS_KEY]" | Should -BeExactly '[]'
            $env:AWS_DEFAULT_REGION | Should -BeExactly 'eu-west-1' -Because 'the user has changed it in the meantime'
            Get-KmsAccessKey | Should -BeNullOrEmpty
        }
        finally {
            for ($index = 0; $index -lt $names.Count; $index++) { [Environment]::SetEnvironmentVariable($names[$index], $before[$index]) }
        }
    }

    It 'sets nothing for another store than that of the session' {
        $refusal = Get-ErrorOf { Start-KmsEndpoint "$TestDrive/other" -SetEnvironment }
        "$refusal" | Should -BeLike "-SetEnvironment creates an access key in the store of the session, which is $($connection.Path)."
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike "Connect-Kms '*other' first, or leave -SetEnvironment out."
        "$TestDrive/other" | Should -Not -Exist
    }

    It 'lets the pages of named web sites call from a browser, and no others' {
        $endpoint = Start-KmsEndpoint -CorsOrigin http://localhost:3000, https://app.example.com
        foreach ($origin in 'http://localhost:3000', 'https://app.example.com', 'http://localhost:3001') {
            $headers = @{ Origin = $origin; 'Access-Control-Request-Method' = 'POST' }
            $answer = Invoke-WebRequest $endpoint.Url -Method Options -SkipHttpErrorCheck -Headers $headers
            $allowed = $origin -ne 'http://localhost:3001'
            $answer.StatusCode | Should -Be ($allowed ? 200 : 404)
            [string] $answer.Headers['Access-Control-Allow-Origin'] | Should -BeExactly ($allowed ? $origin : '')
        }

        { Start-KmsEndpoint -CorsOrigin http://localhost:3000/app } | Should -Throw (
            "The endpoint did not start. 'http://localhost:3000/app' is not a valid origin. " +
            'Origins are http or https URLs without a path, such as http://localhost:3000.')
    }

    It 'serves its user through a Unix socket with -Socket, and removes it' -Skip:$IsWindows {
        $socket = "$TestDrive/of mine/kms.sock"
        $endpoint = Start-KmsEndpoint -Socket $socket
        $endpoint.Url | Should -BeExactly "http://unix:$socket"
        $endpoint.Store | Should -BeExactly $connection.Path
        (Get-Item $socket).UnixFileMode | Should -Be 'UserWrite, UserRead'
        $endpoint | Stop-KmsEndpoint
        $socket | Should -Not -Exist
        { Start-KmsEndpoint -Socket $socket -Port 8080 } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
    }

    It 'closes the diagnostics port of .NET' -Skip:(-not $IsLinux) {
        # The name has the start of the process, so that what a killed process of the same ID has left is told apart.
        function Get-DiagnosticsSocket([int] $Id) {
            $started = ((Get-Content "/proc/$Id/stat") -replace '^.*[)] ').Split(' ')[19]
            Join-Path ([IO.Path]::GetTempPath()) "dotnet-diagnostic-$Id-$started-socket"
        }

        $endpoint = Start-KmsEndpoint
        Get-DiagnosticsSocket $endpoint.ProcessId | Should -Not -Exist
        if ($env:DOTNET_EnableDiagnostics -ne '0') { Get-DiagnosticsSocket $PID | Should -Exist }
        $endpoint | Stop-KmsEndpoint
    }

    It 'lets .NET keep the memory that calls need, unless the environment says otherwise' -Skip:(-not $IsLinux) {
        function Get-GenerationSize([int] $Id) { (Get-Content "/proc/$Id/environ") -split "`0" -like 'DOTNET_GCgen0size=*' }

        $endpoint = Start-KmsEndpoint
        Get-GenerationSize $endpoint.ProcessId | Should -Be 'DOTNET_GCgen0size=0x1800000'
        $endpoint | Stop-KmsEndpoint
        $env:DOTNET_GCgen0size = '0x2000000'
        try {
            $endpoint = Start-KmsEndpoint
            Get-GenerationSize $endpoint.ProcessId | Should -Be 'DOTNET_GCgen0size=0x2000000'
            $endpoint | Stop-KmsEndpoint
        }
        finally { Remove-Item env:DOTNET_GCgen0size }
    }

    It 'adds events to a file, which may be required' {
        $sink = "$TestDrive/events.jsonl"
        Push-Location $TestDrive
        $endpoint = Start-KmsEndpoint -EventSink events.jsonl -RequireEventSink
        Pop-Location
        $endpoint.Messages | Should -BeNullOrEmpty
        $endpoint | Stop-KmsEndpoint
        $sink | Should -Exist
        { Start-KmsEndpoint -EventSink "$TestDrive/none/events.jsonl" -RequireEventSink } |
            Should -Throw "The endpoint did not start. The event cannot be written to '$TestDrive/none/events.jsonl', where it is required: *"
        { Start-KmsEndpoint -RequireEventSink } | Should -Throw '-RequireEventSink needs -EventSink: the place whose events are required.'
        { Start-KmsEndpoint -EventSink syslog+udp://logs:514 -WhatIf } | Should -Throw (
            "'syslog+udp://logs:514' is not a place for events. Give a file, syslog:, syslog+unix:/path, syslog+tcp://host:port or syslog+tls://host:port.")
    }

    It 'tells in its messages that a syslog server is down' {
        $listener = [Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
        $listener.Start()
        $place = "syslog+tcp://127.0.0.1:$($listener.LocalEndpoint.Port)"
        $listener.Stop()
        $endpoint = Start-KmsEndpoint -EventSink $place 3> $null
        try {
            $expected = "Warning: events cannot be written to '$place': *"
            for ($try = 0; $try -lt 300 -and $endpoint.Messages -notlike $expected; $try++) { Start-Sleep -Milliseconds 100 }
            @($endpoint.Messages) | Should -HaveCount 1
            $endpoint.Messages | Should -BeLike $expected
            (Get-KmsEndpoint).Messages | Should -BeLike $expected
            Get-KmsEndpoint | Format-List | Out-String | Should -BeLike '*Messages*Warning: events cannot be written to*'
        }
        finally {
            $endpoint | Stop-KmsEndpoint
        }
    }

    It 'serves metrics with -Metrics, and says where' {
        $endpoint = Start-KmsEndpoint -Metrics 127.0.0.1:0
        $endpoint.MetricsUrl | Should -Match '^http://127\.0\.0\.1:[1-9]\d*/metrics$'
        Invoke-RestMethod $endpoint.MetricsUrl | Should -BeLike '*kms_body_memory_limit_bytes 67108864*'
        $endpoint | Format-List | Out-String | Should -BeLike '*MetricsUrl*'
        $endpoint | Stop-KmsEndpoint
        $plain = Start-KmsEndpoint
        $plain.MetricsUrl | Should -BeNullOrEmpty
        $plain | Format-List | Out-String | Should -Not -BeLike '*MetricsUrl*'
        $plain | Stop-KmsEndpoint
        { Start-KmsEndpoint -Metrics localhost:9464 } |
            Should -Throw "The endpoint did not start. 'localhost:9464' is not an IP address with a port, such as 127.0.0.1:9464."
    }

    It 'requires certificates of clients with -ClientAuthority, which needs -Certificate' {
        { Start-KmsEndpoint -ClientAuthority clients.pem } | Should -Throw '-ClientAuthority needs -Certificate: clients send theirs when they connect by TLS.'
    }

    It 'starts the .NET that is installed, not a file called dotnet in the current folder' -Skip:$IsWindows {
        $pwsh = New-NativePwsh "$TestDrive/native"
        if (-not $pwsh) { Set-ItResult -Skipped -Because 'the SDK, which makes a pwsh that is a program of its own, is not here'; return }
        $null = New-Item "$TestDrive/clone" -ItemType Directory
        Set-Content "$TestDrive/clone/dotnet" "#!/bin/sh`necho `"`$*`" > '$TestDrive/ran'"
        chmod +x "$TestDrive/clone/dotnet"
        $root = $env:DOTNET_ROOT
        Push-Location "$TestDrive/clone"
        try {
            if ([Environment]::ProcessPath -like '*dotnet') { $env:DOTNET_ROOT = Split-Path ([Environment]::ProcessPath) }
            & $pwsh -NoProfile -NonInteractive -Command "Import-Module '$env:KMSTOOLS_TEST_MODULE'; (Start-KmsEndpoint -Path '$TestDrive/served').Store; Get-KmsEndpoint | Stop-KmsEndpoint" |
                Should -Be "$TestDrive/served"
        }
        finally {
            Pop-Location
            $env:DOTNET_ROOT = $root
        }

        "$TestDrive/ran" | Should -Not -Exist
    }
}

# PowerShell's own packages bring a runtime along, but no dotnet that could run the endpoint.
Describe 'The dotnet that runs the endpoint' {
    BeforeAll {
        $type = [KmsTools.KmsEndpoint].Assembly.GetType('KmsTools.Sessions.DotNetHost')
        $find = $type.GetMethods([Reflection.BindingFlags] 'Static, NonPublic, Public').Where({ $_.Name -eq 'Find' -and $_.GetParameters().Count -eq 4 })[0]
        $registered = $type.GetMethod('RegisteredOnUnix', [Reflection.BindingFlags] 'Static, NonPublic')
        $program = $IsWindows ? 'dotnet.exe' : 'dotnet'
        $architecture = [Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture.ToString()

        # A folder with dotnet and with these versions of the ASP.NET Core runtime.
        function New-Installation([string] $Name, [string[]] $Version) {
            $null = New-Item "$TestDrive/$Name" -ItemType Directory -Force
            $null = New-Item "$TestDrive/$Name/$program" -ItemType File
            $Version | Where-Object { $_ } | ForEach-Object { New-Item "$TestDrive/$Name/shared/Microsoft.AspNetCore.App/$_" -ItemType Directory } | Out-Null
            Join-Path $TestDrive $Name
        }

        function Find-DotNet([string] $Runtime = '/opt/microsoft/powershell/7/', [hashtable] $Variable = @{}, [string[]] $Registered = @(), [string[]] $WellKnown = @()) {
            try {
                $find.Invoke($null, @($Runtime, [Func[string, string]] { param($name) $Variable[$name] }, $Registered, $WellKnown))
            }
            catch {
                throw $_.Exception.InnerException
            }
        }

        $whole = New-Installation whole 9.0.1, 10.0.1
        $other = New-Installation other 10.1.0-preview.1
        $bare = New-Installation bare
        $old = New-Installation old 9.0.1, 11.0.0, 1.10.0
    }

    It 'is that of the runtime of this session, before all others' {
        Find-DotNet "$whole/shared/Microsoft.NETCore.App/10.0.1/" @{ DOTNET_ROOT = $other } | Should -BeExactly (Join-Path $whole $program)
        Find-DotNet "$whole/elsewhere/Microsoft.NETCore.App/10.0.1/" @{ DOTNET_ROOT = $other } | Should -BeExactly (Join-Path $other $program)
    }

    It 'is looked for in variables, then where it is registered, then in well-known folders, then on the PATH' {
        $places = @{ Variable = @{ "DOTNET_ROOT_$($architecture.ToUpperInvariant())" = $whole; DOTNET_ROOT = $other }; Registered = $other; WellKnown = $other }
        Find-DotNet @places | Should -BeExactly (Join-Path $whole $program)
        Find-DotNet -Variable @{ DOTNET_ROOT = $whole; PATH = $other } -Registered $other -WellKnown $other | Should -BeExactly (Join-Path $whole $program)
        Find-DotNet -Variable @{ PATH = $other } -Registered $whole -WellKnown $other | Should -BeExactly (Join-Path $whole $program)
        Find-DotNet -Variable @{ PATH = $other } -WellKnown $whole | Should -BeExactly (Join-Path $whole $program)
        Find-DotNet -Variable @{ PATH = "$TestDrive$([IO.Path]::PathSeparator)$whole" } | Should -BeExactly (Join-Path $whole $program)
    }

    It 'has the runtime that the endpoint needs, where one has it' {
        Find-DotNet -Variable @{ DOTNET_ROOT = $bare } -Registered $old -WellKnown $whole | Should -BeExactly (Join-Path $whole $program)
        Find-DotNet -Variable @{ DOTNET_ROOT = $old } -WellKnown $bare | Should -BeExactly (Join-Path $old $program)
    }

    It 'may be a link on the PATH' -Skip:$IsWindows {
        $null = New-Item "$TestDrive/bin" -ItemType Directory
        $null = New-Item "$TestDrive/bin/dotnet" -ItemType SymbolicLink -Value "$whole/dotnet"
        Find-DotNet -Variable @{ DOTNET_ROOT = $bare; PATH = "$TestDrive/bin" } | Should -BeExactly "$TestDrive/bin/dotnet"
    }

    It 'is never one that depends on the current folder' {
        $before = [Environment]::CurrentDirectory
        try {
            [Environment]::CurrentDirectory = $whole
            foreach ($relative in '.', '', '../whole', './') {
                { Find-DotNet $relative @{ DOTNET_ROOT = $relative; PATH = "$relative$([IO.Path]::PathSeparator)$([IO.Path]::PathSeparator)" } $relative $relative } |
                    Should -Throw '*was not found*'
            }
        }
        finally {
            [Environment]::CurrentDirectory = $before
        }
    }

    It 'is registered in the first line of a file, of this architecture first' -Skip:$IsWindows {
        $null = New-Item "$TestDrive/etc" -ItemType Directory
        [string[]] $registered.Invoke($null, @("$TestDrive/etc")) | Should -Be '', ''
        Set-Content "$TestDrive/etc/install_location" '/usr/lib/dotnet ', '/second'
        Set-Content "$TestDrive/etc/install_location_$($architecture.ToLowerInvariant())" '/opt/dotnet'
        [string[]] $registered.Invoke($null, @("$TestDrive/etc")) | Should -Be '/opt/dotnet', '/usr/lib/dotnet'
    }

    It 'is missed with a message that says where it was looked for' {
        { Find-DotNet -Variable @{ DOTNET_ROOT = "$TestDrive/a"; PATH = 'relative' } -WellKnown "$TestDrive/b" } | Should -Throw (
            "The program '$program', which runs the endpoint, was not found. Install the ASP.NET Core 10 runtime, or set DOTNET_ROOT to the absolute path of the folder " +
            "of '$program'. Looked in: $TestDrive/a, $TestDrive/b.")
    }
}
