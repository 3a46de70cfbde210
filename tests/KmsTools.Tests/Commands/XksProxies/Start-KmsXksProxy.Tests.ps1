BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $script:lab = New-LabFolder
    $null = Connect-Kms -Temporary
    $script:folder = (New-Item -ItemType Directory 'TestDrive:/start').FullName
    $script:pin = ConvertTo-LabPin 'kmsPswd1'
    $null = Initialize-KmsHsm $LabLibrary -TokenLabel xks-start -SecurityOfficerPin $pin -KeyStorePassword $pin
    $script:configuration = New-KmsXksKey orders $LabLibrary -TokenLabel xks-start -Pin $pin |
        New-KmsXksProxyConfiguration "$folder/proxy.yaml" -Port 0 -Pin $pin -Metrics 127.0.0.1:0
}

AfterAll {
    Get-KmsXksProxy | Stop-KmsXksProxy
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Start-KmsXksProxy' {
    It 'starts nothing with -WhatIf' {
        Get-WhatIf { $configuration | Start-KmsXksProxy -WhatIf } |
            Should -BeExactly "What if: Start the XKS proxy that $folder/proxy.yaml configures"
        Get-KmsXksProxy | Should -BeNullOrEmpty
    }

    It 'serves what the configuration says, and is shown while it does' {
        $proxy = $configuration | Start-KmsXksProxy
        $proxy | Should -BeOfType KmsTools.KmsXksProxy
        $proxy.Uri | Should -Match '^http://127\.0\.0\.1:\d+$'
        $proxy.Configuration | Should -BeExactly "$folder/proxy.yaml"
        $proxy.IsRunning | Should -BeTrue
        $proxy.ProcessId | Should -Not -Be $PID
        $proxy.Messages | Should -BeNullOrEmpty
        Invoke-RestMethod "$($proxy.Uri)/ping" -SkipHttpErrorCheck -StatusCodeVariable status | Should -Not -BeNullOrEmpty
        $status | Should -Be 200
        Invoke-RestMethod $proxy.MetricsUrl | Should -Match 'xks_token_health\{token="xks-start",state="ACTIVE"\} 1'
        (Get-KmsXksProxy).Uri | Should -BeExactly $proxy.Uri

        $PSStyle.OutputRendering = 'PlainText'
        $row = "$($proxy.Uri.PadRight(28)) $("$($proxy.ProcessId)".PadRight(9)) $('True'.PadRight(7)) $folder/proxy.yaml"
        @($proxy | Format-Table | Out-String -Width 160 -Stream | Where-Object Length).TrimEnd() | Should -BeExactly @(
            'Uri                          ProcessId Running Configuration'
            '---                          --------- ------- -------------'
            $row)
        @($proxy | Format-Table | Out-String -Width 80 -Stream | Where-Object Length)[2] | Should -BeLike "$($row.Substring(0, 47))*"
        @($proxy | Format-List | Out-String -Width 160 -Stream | Where-Object Length).TrimEnd() | Should -BeExactly @(
            "Uri           : $($proxy.Uri)"
            "Configuration : $folder/proxy.yaml"
            "MetricsUrl    : $($proxy.MetricsUrl)"
            "ProcessId     : $($proxy.ProcessId)"
            'IsRunning     : True')

        Get-WhatIf { Stop-KmsXksProxy -WhatIf } |
            Should -BeExactly "What if: Stop the XKS proxy $($proxy.Uri): key stores that use it lose their keys until it is started again"
        $proxy | Stop-KmsXksProxy
        $proxy.IsRunning | Should -BeFalse
        Get-KmsXksProxy | Should -BeNullOrEmpty
    }

    It 'says what is wrong with a configuration, with the place of each error' {
        Set-Content "$folder/bad.yaml" "tokens: []`nkeystores: []"
        { Start-KmsXksProxy "$folder/bad.yaml" } | Should -Throw -ErrorId 'XksProxyFailed,*' -ExpectedMessage (@(
            'The XKS proxy did not start.'
            "$folder/bad.yaml(1,1): This configuration needs the member 'keyStores'."
            "$folder/bad.yaml(1,9): A proxy has at least one token."
            "$folder/bad.yaml(2,1): A configuration has no member 'keystores'. Did you mean 'keyStores'?") -join "`n")
        { Start-KmsXksProxy "$folder/none.yaml" } |
            Should -Throw "The XKS proxy did not start. The configuration '$folder/none.yaml' does not exist."
        Get-KmsXksProxy | Should -BeNullOrEmpty
    }

    It 'loads no assembly for it' {
        $loaded = Invoke-NewPowerShell "
            Import-Module '$env:KMSTOOLS_TEST_MODULE'
            `$before = [AppDomain]::CurrentDomain.GetAssemblies().GetName().Name
            `$null = Start-KmsXksProxy '$folder/proxy.yaml'
            Get-KmsXksProxy | Stop-KmsXksProxy
            [AppDomain]::CurrentDomain.GetAssemblies().GetName().Name | Where-Object { `$_ -notin `$before }"
        $loaded | Where-Object { $_ -like 'KmsTools*' -or $_ -match 'Yaml|Pkcs11|AspNetCore|CommandLine' } | Should -BeNullOrEmpty
    }
}
