# Every published answer of AWS (tests/AnswersOfAws.json) that a cmdlet can get. Those marked endpointOnly need what cmdlets do not send.

BeforeDiscovery {
    $table = Get-Content "$PSScriptRoot/../AnswersOfAws.json" -Raw | ConvertFrom-Json -AsHashtable
    $answers = @($table.answers | Where-Object { -not $_.endpointOnly })
}

BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $keys = (Get-Content "$PSScriptRoot/../AnswersOfAws.json" -Raw | ConvertFrom-Json -AsHashtable).keys
    $values = @{}
    foreach ($name in $keys.Keys) {
        $request = $keys[$name].Clone()
        $request.Remove('state')
        $key = New-KmsKey @request
        $values["{$name}"], $values["{$name.arn}"] = $key.KeyId, $key.Arn
        switch ($keys[$name].state) {
            'Disabled' { Disable-KmsKey $key.KeyId }
            'PendingDeletion' { $null = Register-KmsKeyDeletion $key.KeyId -Force }
        }
    }

    New-KmsAlias $values['{symmetric}'] -AliasName alias/answers
    $ciphertext = (Invoke-KmsEncrypt $values['{symmetric}'] -Plaintext 'x').CiphertextBlob.ToArray()

    # The cmdlets whose names do not follow from the operation.
    $cmdlets = @{
        CancelKeyDeletion = 'Stop-KmsKeyDeletion'; CreateAlias = 'New-KmsAlias'; CreateGrant = 'New-KmsGrant'; CreateKey = 'New-KmsKey'
        Decrypt = 'Invoke-KmsDecrypt'; DeleteImportedKeyMaterial = 'Remove-KmsImportedKeyMaterial'; DescribeKey = 'Get-KmsKey'
        DisableKey = 'Disable-KmsKey'; DisableKeyRotation = 'Disable-KmsKeyRotation'; EnableKey = 'Enable-KmsKey'
        EnableKeyRotation = 'Enable-KmsKeyRotation'; Encrypt = 'Invoke-KmsEncrypt'; GenerateDataKey = 'New-KmsDataKey'
        GenerateDataKeyWithoutPlaintext = 'New-KmsDataKeyWithoutPlaintext'; GenerateMac = 'New-KmsMac'; GetKeyPolicy = 'Get-KmsKeyPolicy'
        GetKeyRotationStatus = 'Get-KmsKeyRotationStatus'; GetParametersForImport = 'Get-KmsParametersForImport'
        GetPublicKey = 'Get-KmsPublicKey'; ImportKeyMaterial = 'Import-KmsKeyMaterial'; ListGrants = 'Get-KmsGrantList'
        ListKeyPolicies = 'Get-KmsKeyPolicyList'; ListResourceTags = 'Get-KmsResourceTag'; PutKeyPolicy = 'Write-KmsKeyPolicy'
        RevokeGrant = 'Revoke-KmsGrant'; RotateKeyOnDemand = 'Start-KmsRotateKeyOnDemand'; ScheduleKeyDeletion = 'Register-KmsKeyDeletion'
        Sign = 'Invoke-KmsSigning'; TagResource = 'Add-KmsResourceTag'; UntagResource = 'Remove-KmsResourceTag'
        UpdateKeyDescription = 'Update-KmsKeyDescription'; Verify = 'Test-KmsSignature'; VerifyMac = 'Test-KmsMac'
    }

    function Expand-Text([string] $Text) {
        foreach ($name in $values.Keys) { $Text = $Text.Replace($name, $values[$name]) }
        $Text
    }

    # What a member of a request is as an argument: IDs of keys, bytes, or the value itself.
    function ConvertTo-Argument($Value) {
        if ($Value -is [string] -and $Value -match '^\{bytes:(\d+)\}$') { return , [byte[]]::new([int] $Matches[1]) }
        if ($Value -eq '{ciphertext}') { return , $ciphertext }
        if ($Value -is [string]) { Expand-Text $Value } else { , $Value }
    }

    function Get-Parameters([hashtable] $Request) {
        $parameters = @{}
        foreach ($member in $Request.Keys) {
            switch ($member) {
                { $_ -in 'Operations', 'Tags', 'TagKeys' } { $parameters[$member.TrimEnd('s')] = $Request[$member] }
                'Constraints' { foreach ($constraint in $Request[$member].Keys) { $parameters["Constraints_$constraint"] = $Request[$member][$constraint] } }
                default { $parameters[$member] = ConvertTo-Argument $Request[$member] }
            }
        }

        $parameters
    }
}

AfterAll {
    Disconnect-Kms
}

Describe 'Answers of AWS' {
    It '<operation> <request.KeyId> answers <code> <message>' -ForEach $answers {
        $ConfirmPreference = 'None'
        $parameters = Get-Parameters $request
        $call = { & $cmdlets[$operation] @parameters -WarningAction SilentlyContinue }
        if ($code) {
            $refusal = Get-ErrorOf $call
            Get-ErrorCode $refusal | Should -Be $code
            if ($null -ne $_.message) { $refusal.Exception.Message | Should -BeExactly (Expand-Text $message) }
        }
        else {
            { & $call } | Should -Not -Throw
        }
    }
}
