BeforeAll {
    $module = $env:KMSTOOLS_TEST_MODULE ?? (Resolve-Path "$PSScriptRoot/../../../../artifacts/KmsTools").Path
    Import-Module $module -Force
    . "$PSScriptRoot/../../Support.ps1"

    # Opens a page of a session, and shows its status and its text.
    function Open-Page([string] $Url, $Session) {
        $answer = Invoke-WebRequest $Url -WebSession $Session -SkipHttpErrorCheck -MaximumRedirection 0 -ErrorAction Ignore
        [pscustomobject]@{ Status = [int]$answer.StatusCode; Text = $answer.Content }
    }
}

Describe 'Show-KmsConsole' -Skip:(-not (Get-Command dotnet -ErrorAction Ignore)) {
    BeforeEach { Connect-Kms -Temporary -SimulatedClock | Out-Null }
    AfterEach { Disconnect-Kms }

    It 'starts an endpoint with a console, and its link signs in once' {
        $link = Show-KmsConsole -NoBrowser
        $endpoint = Get-KmsEndpoint
        $endpoint.ConsoleUrl | Should -Match '^http://127\.0\.0\.1:[1-9]\d*/console$'
        $link.Url | Should -Match "^$([regex]::Escape($endpoint.ConsoleUrl))/sign-in\?link=[\w-]{43}$"
        "$link" | Should -Be $link.Url
        $link.Store | Should -Be (Get-KmsConnection).Path
        ($link.Expiration - [datetime]::UtcNow).TotalSeconds | Should -BeGreaterThan 30
        ($link.Expiration - [datetime]::UtcNow).TotalSeconds | Should -BeLessOrEqual 60

        $session = [Microsoft.PowerShell.Commands.WebRequestSession]::new()
        (Open-Page $link.Url $session).Status | Should -Be 200
        $page = Open-Page "$($endpoint.ConsoleUrl)/us-east-1/clock" $session
        $page.Status | Should -Be 200
        $page.Text | Should -BeLike '*(administrator)*'
        (Open-Page $link.Url ([Microsoft.PowerShell.Commands.WebRequestSession]::new())).Status | Should -Be 403

        (Show-KmsConsole -NoBrowser).Url | Should -BeLike "$($endpoint.ConsoleUrl)/sign-in*"
        Get-KmsEndpoint | Should -HaveCount 1
    }

    It 'makes calls as the caller of the session' {
        Set-KmsCaller arn:aws:iam::111122223333:user/bob
        $link = Show-KmsConsole -NoBrowser
        $session = [Microsoft.PowerShell.Commands.WebRequestSession]::new()
        (Open-Page $link.Url $session).Status | Should -Be 200
        (Open-Page "$((Get-KmsEndpoint).ConsoleUrl)/us-east-1/keys" $session).Status | Should -Be 200
        (Get-KmsEvent -EventName ListKeys -Last 1).CloudTrailEvent | Should -BeLike '*user/bob*'
    }

    It 'opens the console of another store' {
        $endpoint = Start-KmsEndpoint -Path "$TestDrive/other" -Console
        try {
            $link = $endpoint | Show-KmsConsole -NoBrowser
            $link.Store | Should -Be $endpoint.Store
            $session = [Microsoft.PowerShell.Commands.WebRequestSession]::new()
            (Open-Page $link.Url $session).Status | Should -Be 200
            (Open-Page "$($endpoint.ConsoleUrl)/us-east-1/keys" $session).Status | Should -Be 200
        }
        finally {
            $endpoint | Stop-KmsEndpoint
        }
    }

    It 'keeps the link from other users of the machine' -Skip:$IsWindows {
        Show-KmsConsole -NoBrowser | Out-Null
        $folder = Get-Item "$((Get-KmsConnection).Path)/console"
        $folder.UnixMode | Should -Be 'drwx------'
        (Get-ChildItem $folder).UnixMode | Should -Be '-rw-------'
        (Get-Content (Get-ChildItem $folder) -Raw) | Should -Not -BeLike '*sign-in*'
    }

    It 'opens a page of the user that goes on to the link, which no command line shows' -Skip:(-not $IsLinux) {
        $opener = New-Item -ItemType Directory "$TestDrive/bin"
        Set-Content "$opener/xdg-open" "#!/bin/sh`necho `"`$@`" > $opener/line; cat `"`$1`" > $opener/page"
        chmod +x "$opener/xdg-open"
        $path = $env:PATH
        try {
            $env:PATH = "${opener}:$path"
            Show-KmsConsole | Should -BeNullOrEmpty
        }
        finally {
            $env:PATH = $path
        }

        $page = (Get-Content "$opener/line").Trim()
        $page | Should -BeLike "$((Get-KmsConnection).Path)/console/open-*.html"
        (Get-Item $page).UnixMode | Should -Be '-rw-------'
        $link = [regex]::Match((Get-Content "$opener/page" -Raw), 'href="([^"]+)"').Groups[1].Value
        (Open-Page $link ([Microsoft.PowerShell.Commands.WebRequestSession]::new())).Status | Should -Be 200
    }

    It 'says what to do without a browser or a console' -Skip:$IsWindows {
        $plain = Start-KmsEndpoint
        { $plain | Show-KmsConsole } | Should -Throw "The endpoint $($plain.Url) serves no console. Start one with Start-KmsEndpoint -Console."
        $plain | Stop-KmsEndpoint
        { Show-KmsConsole -Endpoint $plain } | Should -Throw -ErrorId 'InvalidArgument,KmsTools.Commands.ShowKmsConsoleCommand'
        $path = $env:PATH
        $only = (New-Item -ItemType Directory "$TestDrive/only").FullName
        $null = New-Item -ItemType SymbolicLink "$only/dotnet" -Target (Get-Command dotnet).Source
        try {
            $env:PATH = $only
            $problem = { Show-KmsConsole } | Should -Throw -ErrorId 'BrowserNotFound,KmsTools.Commands.ShowKmsConsoleCommand' -PassThru
            $problem.ErrorDetails.RecommendedAction | Should -Be 'Show-KmsConsole -NoBrowser returns the link, to be opened within a minute.'
        }
        finally {
            $env:PATH = $path
        }
    }

    It 'does nothing with -WhatIf' {
        Show-KmsConsole -WhatIf | Should -BeNullOrEmpty
        Get-KmsEndpoint | Should -BeNullOrEmpty
    }

    It 'is refused where the network could read what it sends' {
        { Start-KmsEndpoint -Console -Listen 0.0.0.0 -InsecureHttp } | Should -Throw (
            'The endpoint did not start. 0.0.0.0 can be reached from other machines, and what the console sends could be read on the ' +
            'network: give a -Certificate.')
        $plain = Start-KmsEndpoint
        $plain.ConsoleUrl | Should -BeNullOrEmpty
        $plain | Format-List | Out-String | Should -Not -BeLike '*ConsoleUrl*'
        $plain | Stop-KmsEndpoint
    }
}
