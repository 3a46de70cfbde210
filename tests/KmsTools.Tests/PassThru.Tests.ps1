# Every cmdlet with -PassThru writes what its help promises, and nothing without it.
BeforeDiscovery {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $cmdlets = @(Get-Command -Module KmsTools -CommandType Cmdlet | Where-Object { $_.Parameters.ContainsKey('PassThru') } | ForEach-Object { @{ Name = $_.Name } })
}

BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Support.ps1"
    . "$PSScriptRoot/Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary
    New-KmsAlias (New-KmsKey) alias/files
    $null = New-KmsPrincipal alice
    $null = New-KmsPrincipal -RoleName deploy -TrustPolicy '{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}' -Policy @{
        keys = '{"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}'
    }
    $plain = "$TestDrive/plain.txt"
    Set-Content $plain 'content'
    $null = Protect-KmsFile $plain alias/files
    $store = New-LabKeyStore passthru

    # How each is called, whether it is silent without -PassThru, and what it writes with it. $More has the switch or not.
    $calls = @{
        'Connect-KmsCustomKeyStore' = @{
            Call   = { param($More) Connect-KmsCustomKeyStore $store @More; Disconnect-KmsCustomKeyStore $store }
            Writes = 'KmsTools.Operations.CustomKeyStoresListEntry'
            Is     = { $args[0].CustomKeyStoreId -eq $store -and $args[0].ConnectionState -eq 'CONNECTED' }
        }
        'Protect-KmsFile'           = @{
            Call   = { param($More) Protect-KmsFile $plain alias/files -Force @More }
            Writes = 'System.IO.FileInfo'
            Is     = { $args[0].FullName -eq "$plain.encrypted" }
            Else   = 'KmsTools.KmsFileReport'
        }
        'Unprotect-KmsFile'         = @{
            Call   = { param($More) Unprotect-KmsFile "$plain.encrypted" -Destination "$TestDrive/copy.txt" -Force @More }
            Writes = 'System.IO.FileInfo'
            Is     = { (Get-Content $args[0]) -eq 'content' }
            Else   = 'KmsTools.KmsFileReport'
        }
        'Set-KmsQuota'              = @{
            Call   = { param($More) Set-KmsQuota AliasesPerKey 7 @More }
            Writes = 'KmsTools.Quota'
            Is     = { $args[0].Name -eq 'AliasesPerKey' -and $args[0].Value -eq 7 }
        }
        'Reset-KmsQuota'            = @{
            Call   = { param($More) Reset-KmsQuota AliasesPerKey @More }
            Writes = 'KmsTools.Quota'
            Is     = { $args[0].Name -eq 'AliasesPerKey' -and $args[0].Value -eq 50 }
        }
        'Set-KmsEventLog'           = @{
            Call   = { param($More) Set-KmsEventLog -MaxAgeInDays 30 @More }
            Writes = 'KmsTools.KmsEventLog'
            Is     = { $args[0].MaxAgeInDays -eq 30 }
        }
        'Set-KmsClock'              = @{
            Call   = { param($More) Set-KmsClock 2h @More }
            Writes = 'KmsTools.KmsClock'
            Is     = { $args[0].RequiredUptime.TotalHours -eq 2 }
        }
        'Unlock-KmsStore'           = @{
            Call   = { param($More) Unlock-KmsStore (ConvertTo-SecureString passphrase -AsPlainText) @More 3>$null }
            Writes = 'KmsTools.KmsConnection'
            Is     = { -not $args[0].IsSealed }
        }
        'Unprotect-KmsStore'        = @{
            Call   = {
                param($More)
                $null = Protect-KmsStore (ConvertTo-SecureString 'correct horse' -AsPlainText)
                Unprotect-KmsStore @More
            }
            Writes = 'KmsTools.KmsRootKey'
            Is     = { $args[0].SealedBy.Count -eq 0 }
        }
        'Set-KmsRootKey'            = @{
            Call   = { param($More) Set-KmsRootKey 90 @More }
            Writes = 'KmsTools.KmsRootKey'
            Is     = { $args[0].RotationPeriodInDays -eq 90 }
        }
        'Set-KmsCaller'             = @{
            Call   = { param($More) Set-KmsCaller arn:aws:iam::111122223333:user/alice @More }
            Writes = 'KmsTools.KmsConnection'
            Is     = { $args[0].Caller -like '*user/alice' }
        }
        'Use-KmsRole'               = @{
            Call   = { param($More) Use-KmsRole deploy @More; Use-KmsRole -Stop }
            Writes = 'KmsTools.TemporaryCredentials'
            Is     = { $args[0].AccessKeyId -like 'ASIA*' }
        }
    }
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe '<Name> -PassThru' -ForEach $cmdlets {
    AfterEach {
        Set-KmsCaller -Default
    }

    It 'writes one object of the promised type' {
        $calls.Keys | Should -Contain $Name
        $call = $calls[$Name]
        $written = @(& $call.Call @{ PassThru = $true })
        $written.Count | Should -Be 1
        $written[0] | Should -BeOfType $call.Writes
        (& $call.Is $written[0]) | Should -BeTrue -Because ($written[0] | Format-List | Out-String)
    }

    It 'writes nothing without the switch, or its report' {
        $call = $calls[$Name]
        $written = @(& $call.Call @{})
        if ($call.Else) { $written | Should -BeOfType $call.Else } else { $written | Should -BeNullOrEmpty }
    }
}
