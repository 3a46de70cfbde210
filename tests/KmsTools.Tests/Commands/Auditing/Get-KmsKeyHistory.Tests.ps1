BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $null = Step-KmsClock -To '2040-01-01T12:00:00Z'
    $key = New-KmsKey -Description 'orders'
    New-KmsAlias $key alias/orders
    $null = Get-KmsKey $key
    $sealed = Invoke-KmsEncrypt $key hi
    foreach ($time in 1..3) { $null = $sealed | Invoke-KmsDecrypt }
    $null = Step-KmsClock 1d
    Disable-KmsKey $key
    foreach ($time in 1, 2) { try { $sealed | Invoke-KmsDecrypt } catch { $null = $_ } }
    Enable-KmsKey $key
    $null = Start-KmsRotateKeyOnDemand $key
    $null = Register-KmsKeyDeletion $key -PendingWindowInDay 7
    $null = Step-KmsClock 8d

    function Format-At([int] $Width, $Value, [string] $View) {
        $before = $PSStyle.OutputRendering
        $PSStyle.OutputRendering = 'PlainText'
        $given = $View ? @{ View = $View } : @{}
        @($Value | Format-Table @given | Out-String -Width $Width -Stream | Where-Object { $_ } | ForEach-Object TrimEnd)
        $PSStyle.OutputRendering = $before
    }
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsKeyHistory' {
    It 'tells the life of a key, at 80 characters' {
        Format-At 80 (Get-KmsKeyHistory $key.KeyId) | Should -BeExactly @(
            'Time                 State           Event                    Details'
            '----                 -----           -----                    -------'
            '2040-01-01 12:00:00Z Enabled         CreateKey                orders'
            '2040-01-01 12:00:00Z Enabled         CreateAlias              alias/orders'
            '2040-01-01 12:00:00Z Enabled         Encrypt'
            '2040-01-01 12:00:00Z Enabled         Decrypt x3'
            '2040-01-02 12:00:00Z Disabled        DisableKey'
            "2040-01-02 12:00:00Z Disabled        refused Decrypt x2       $($key.Arn.Substring(0, 18))"
            "$(' ' * 62)$($key.Arn.Substring(18, 18))"
            "$(' ' * 62)$($key.Arn.Substring(36, 18))"
            "$(' ' * 62)$($key.Arn.Substring(54, 18))"
            "$(' ' * 62)$($key.Arn.Substring(72)) is disabled."
            '2040-01-02 12:00:00Z Enabled         EnableKey'
            '2040-01-02 12:00:00Z Enabled         RotateKey                ON_DEMAND'
            '2040-01-02 12:00:00Z Enabled         RotateKeyOnDemand'
            '2040-01-02 12:00:00Z PendingDeletion ScheduleKeyDeletion      in 7 days'
            '2040-01-09 12:00:00Z Deleted         DeleteKey')
    }

    It 'has objects, with the events' {
        $history = Get-KmsKeyHistory $key
        $refused = $history | Where-Object ErrorCode
        $refused.Count | Should -Be 2
        $refused.ErrorCode | Should -BeExactly 'DisabledException'
        $refused.AuditEvent.EventName | Should -BeExactly 'Decrypt'
        $refused.User | Should -BeExactly ([Environment]::UserName)
        $history[-1].State | Should -BeExactly 'Deleted'
        (Format-At 160 $refused)[2] | Should -BeLike "2040-01-02 12:00:00Z Disabled        refused Decrypt x2       $($key.Arn) is disabled*"
    }

    It 'leaves out calls that only read, unless they are asked for' {
        (Get-KmsKeyHistory $key).EventName | Should -Not -Contain 'DescribeKey'
        (Get-KmsKeyHistory $key -IncludeReads).EventName | Should -Contain 'DescribeKey'
    }

    It 'follows imported key material' {
        $imported = New-KmsKey -Origin EXTERNAL
        Get-KmsParametersForImport $imported -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048 | Protect-KmsKeyMaterial -KeyMaterial ([byte[]] (1..32)) |
            Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_EXPIRES -ValidTo '2040-02-01T00:00:00Z'
        $null = Step-KmsClock -To '2040-02-02T00:00:00Z'
        $history = Get-KmsKeyHistory $imported
        ($history | ForEach-Object { "$($_.EventName) $($_.State)" }) -join ', ' |
            Should -BeExactly 'CreateKey PendingImport, ImportKeyMaterial Enabled, DeleteExpiredKeyMaterial PendingImport'
    }

    It 'knows what a canceled deletion leaves, with and without the imported key material' {
        $imported = New-KmsKey -Origin EXTERNAL
        $material = Get-KmsParametersForImport $imported -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048 |
            Protect-KmsKeyMaterial -KeyMaterial ([byte[]] (1..32))
        function Step-Key([scriptblock] $Command) {
            $null = & $Command
            $state = (Get-KmsKeyHistory $imported)[-1].State
            $state | Should -BeExactly "$((Get-KmsKey $imported).KeyState)"
            $state
        }
        Step-Key { Register-KmsKeyDeletion $imported } | Should -BeExactly 'PendingDeletion'
        Step-Key { Stop-KmsKeyDeletion $imported } | Should -BeExactly 'PendingImport'
        Step-Key { $material | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE } | Should -BeExactly 'Enabled'
        Step-Key { Register-KmsKeyDeletion $imported } | Should -BeExactly 'PendingDeletion'
        Step-Key { Stop-KmsKeyDeletion $imported } | Should -BeExactly 'Disabled'
        Step-Key { $material | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE } | Should -BeExactly 'Disabled'
        Step-Key { Register-KmsKeyDeletion $imported } | Should -BeExactly 'PendingDeletion'
        Step-Key { Remove-KmsImportedKeyMaterial $imported -Force } | Should -BeExactly 'PendingDeletion'
        Step-Key { Stop-KmsKeyDeletion $imported } | Should -BeExactly 'PendingImport'
        Step-Key { $material | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE } | Should -BeExactly 'Enabled'
    }

    It 'knows that a key lacks material until all of it is back' {
        $imported = New-KmsKey -Origin EXTERNAL
        $parameters = Get-KmsParametersForImport $imported -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048
        $first, $second = [byte[]] (1..32), [byte[]] (2..33) | ForEach-Object { , ($parameters | Protect-KmsKeyMaterial -KeyMaterial $_) }
        $one = $first | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE -Select KeyMaterialId
        $two = $second | Import-KmsKeyMaterial -ImportType NEW_KEY_MATERIAL -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE -Select KeyMaterialId
        $null = Start-KmsRotateKeyOnDemand $imported
        $one, $two | ForEach-Object { $null = Remove-KmsImportedKeyMaterial $imported -KeyMaterialId $_ -Force }
        $first, $second | ForEach-Object { $null = $_ | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE }
        ((Get-KmsKeyHistory $imported)[-4..-1] | ForEach-Object { "$($_.EventName) $($_.State)" }) -join ', ' | Should -BeExactly (
            'DeleteImportedKeyMaterial PendingImport, DeleteImportedKeyMaterial PendingImport, ImportKeyMaterial PendingImport, ' +
            'ImportKeyMaterial Enabled')
    }

    It 'knows that a key is usable when only material that was pending rotation is gone' {
        $imported = New-KmsKey -Origin EXTERNAL
        $parameters = Get-KmsParametersForImport $imported -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048
        $parameters | Protect-KmsKeyMaterial -KeyMaterial ([byte[]] (1..32)) | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE
        $second = $parameters | Protect-KmsKeyMaterial -KeyMaterial ([byte[]] (2..33)) |
            Import-KmsKeyMaterial -ImportType NEW_KEY_MATERIAL -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE -Select KeyMaterialId
        $null = Remove-KmsImportedKeyMaterial $imported -KeyMaterialId $second -Force
        (Get-KmsKey $imported).KeyState | Should -Be 'Enabled'
        ((Get-KmsKeyHistory $imported) | ForEach-Object { "$($_.EventName) $($_.State)" }) -join ', ' |
            Should -BeExactly 'CreateKey PendingImport, ImportKeyMaterial Enabled, ImportKeyMaterial Enabled, DeleteImportedKeyMaterial Enabled'
        $null = $parameters | Protect-KmsKeyMaterial -KeyMaterial ([byte[]] (2..33)) |
            Import-KmsKeyMaterial -ImportType NEW_KEY_MATERIAL -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE
        $null = Start-KmsRotateKeyOnDemand $imported
        $null = Remove-KmsImportedKeyMaterial $imported -KeyMaterialId $second -Force
        (Get-KmsKey $imported).KeyState | Should -Be 'PendingImport'
        (Get-KmsKeyHistory $imported)[-1].State | Should -BeExactly 'PendingImport'
    }

    It 'tells a primary that waits for its replicas, and no state once they may be gone' {
        $primary = New-KmsKey -MultiRegion $true
        $null = New-KmsReplicaKey $primary -ReplicaRegion eu-west-1
        $null = Register-KmsKeyDeletion $primary -PendingWindowInDay 7 -Force
        $last = (Get-KmsKeyHistory $primary)[-1]
        "$($last.EventName) $($last.State)" | Should -BeExactly 'ScheduleKeyDeletion PendingReplicaDeletion'
        $null = Register-KmsKeyDeletion $primary.KeyId -PendingWindowInDay 7 -Region eu-west-1 -Force
        $null = Step-KmsClock 8d
        $null = Get-ErrorOf { Invoke-KmsEncrypt $primary hi }
        (Get-KmsKeyHistory $primary)[-1].State | Should -BeNullOrEmpty
    }

    It 'takes keys by name, and from the pipeline' {
        $other = New-KmsKey
        New-KmsAlias $other alias/other
        (Get-KmsKeyHistory alias/other).EventName | Should -Be 'CreateKey', 'CreateAlias'
        ($other | Get-KmsKeyHistory).EventName | Should -Be 'CreateKey', 'CreateAlias'
    }

    It 'says what to do where there is none' {
        Get-KmsKeyHistory 11111111-2222-4333-8444-555555555555 -WarningVariable said 3> $null | Should -BeNullOrEmpty
        $said | Should -BeExactly 'There are no events about 11111111-2222-4333-8444-555555555555 in us-east-1. Get-KmsKey lists the keys of a Region.'
        "$(Get-ErrorOf { Get-KmsKeyHistory })" | Should -BeExactly 'Name a key: its ID, its ARN or an alias. Get-KmsEvent shows the events of all keys.'
    }
}
