# Related multi-Region keys have one ID: what is done to a key must not reach another one with its ID.

BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $null = Step-KmsClock -To '2040-01-01T12:00:00Z'

    function Assert-OtherRegion($Refusal) {
        $Refusal.Exception.Message | Should -BeExactly 'Invalid arn eu-west-1'
        $Refusal.ErrorDetails.RecommendedAction | Should -BeExactly 'The ARN is of another Region: add -Region eu-west-1.'
        (Get-KmsKey $id).KeyState | Should -Be 'Enabled'
        (Get-KmsKey $id -Region eu-west-1).KeyState | Should -Be 'Enabled'
    }
}

AfterAll {
    Disconnect-Kms
}

Describe 'An object that is a replica' {
    BeforeAll {
        $id = (New-KmsKey -MultiRegion $true).KeyId
        $made = New-KmsReplicaKey $id -ReplicaRegion eu-west-1
        $replica = Get-KmsKey $id -Region eu-west-1
        New-KmsAlias $replica alias/replica -Region eu-west-1
        New-KmsAlias $id alias/replica
    }

    It 'does not act on the primary: <Name>' -ForEach @(
        @{ Name = 'the answer of New-KmsReplicaKey'; Call = { $made | Register-KmsKeyDeletion -PendingWindowInDay 7 -Force } }
        @{ Name = 'metadata'; Call = { $replica | Disable-KmsKey } }
        @{ Name = 'metadata by position'; Call = { Disable-KmsKey $replica } }
        @{ Name = 'an entry of a list'; Call = { Get-KmsKeyList -Region eu-west-1 | Disable-KmsKey } }
        @{ Name = 'an alias'; Call = { Get-KmsAliasList $id -Region eu-west-1 | Disable-KmsKey } }
        @{ Name = 'the target of an alias'; Call = { New-KmsAlias $replica alias/primary } }
        @{ Name = 'metadata that was serialised'; Call = { [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($replica)) | Disable-KmsKey } }
        @{ Name = 'JSON'; Call = { $replica | ConvertTo-Json -Depth 5 | ConvertFrom-Json | Disable-KmsKey } }
        @{ Name = 'a grant for a key that is piped'; Call = { $replica | New-KmsGrant -GranteePrincipal arn:aws:iam::111122223333:role/deploy -Operation Decrypt } }
        @{ Name = 'an alias that is given to another key'; Call = { Get-KmsAliasList $id -Region eu-west-1 | New-KmsAlias -TargetKeyId (New-KmsKey) } }
        @{ Name = 'an alias that is given to another key, by position'; Call = { New-KmsAlias (New-KmsKey) (Get-KmsAliasList $id -Region eu-west-1)[0] } }
        @{ Name = 'columns of an alias that is given to another key'; Call = { Get-KmsAliasList $id -Region eu-west-1 | Select-Object AliasName, AliasArn | New-KmsAlias -TargetKeyId (New-KmsKey) } }
        @{ Name = 'an alias that is moved'; Call = { Get-KmsAliasList $id -Region eu-west-1 | Update-KmsAlias -TargetKeyId (New-KmsKey) } }
        @{ Name = 'an alias that is moved, by position'; Call = { Update-KmsAlias (New-KmsKey) (Get-KmsAliasList $id -Region eu-west-1)[0] } }
        @{ Name = 'an alias that is removed'; Call = { Get-KmsAliasList $id -Region eu-west-1 | Remove-KmsAlias -Force } }
        @{ Name = 'an alias that is removed, by position'; Call = { Remove-KmsAlias (Get-KmsAliasList $id -Region eu-west-1)[0] -Force } }
        @{ Name = 'an alias in JSON that is removed'; Call = { Get-KmsAliasList $id -Region eu-west-1 | ConvertTo-Json | ConvertFrom-Json | Remove-KmsAlias -Force } }
        @{ Name = 'an alias in JSON that is removed, by position'; Call = { Remove-KmsAlias (Get-KmsAliasList $id -Region eu-west-1 | ConvertTo-Json | ConvertFrom-Json) -Force } }
        @{ Name = 'columns of an entry'; Call = { Get-KmsKeyList -Region eu-west-1 | Select-Object KeyId, KeyArn | Disable-KmsKey } }
    ) {
        Assert-OtherRegion (Get-ErrorOf $Call)
    }

    It 'keeps its key material when that of the primary is to be removed' {
        $imported = New-KmsKey -MultiRegion $true -Origin EXTERNAL
        Get-KmsParametersForImport $imported -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048 | Protect-KmsKeyMaterial -KeyMaterial ([byte[]] (1..32)) |
            Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE
        $null = New-KmsReplicaKey $imported -ReplicaRegion eu-west-1
        (Get-ErrorOf { Get-KmsKey $imported.KeyId -Region eu-west-1 | Remove-KmsImportedKeyMaterial -Force }).Exception.Message | Should -BeExactly 'Invalid arn eu-west-1'
        (Get-KmsKey $imported).KeyState | Should -Be 'Enabled'
    }

    It 'acts on the replica where its Region is named, or is that of the session' {
        $replica | Disable-KmsKey -Region eu-west-1
        (Get-KmsKey $replica -Region eu-west-1).KeyState | Should -Be 'Disabled'
        (Get-KmsKey $id).KeyState | Should -Be 'Enabled'
        & { $StoredAWSRegion = 'eu-west-1'; $replica | Enable-KmsKey }
        (Get-KmsKey $replica -Region eu-west-1).KeyState | Should -Be 'Enabled'
    }

    It 'signs and authenticates as itself where a message is piped too' {
        $mac = New-KmsKey -MultiRegion $true -KeySpec HMAC_256 -KeyUsage GENERATE_VERIFY_MAC
        $null = New-KmsReplicaKey $mac eu-west-1
        $made = New-KmsMac hi $mac -MacAlgorithm HMAC_SHA_256
        $copy = Get-KmsKey $mac.KeyId -Region eu-west-1
        $calls = { $copy | New-KmsMac -Message hi -MacAlgorithm HMAC_SHA_256 }, { Get-KmsKeyList -Region eu-west-1 | Where-Object KeyId -EQ $mac.KeyId | New-KmsMac -Message hi -MacAlgorithm HMAC_SHA_256 },
            { $copy | Test-KmsMac -Message hi -Mac $made.Mac -MacAlgorithm HMAC_SHA_256 }, { $copy | Invoke-KmsSigning -Message hi -SigningAlgorithm ECDSA_SHA_256 },
            { $copy | Test-KmsSignature -Message hi -Signature ([byte[]] 1) -SigningAlgorithm ECDSA_SHA_256 }, { $copy | Invoke-KmsDecrypt -CiphertextBlob ([byte[]] 1) }
        foreach ($call in $calls) { "$(Get-ErrorOf $call)" | Should -BeExactly 'Invalid arn eu-west-1' -Because $call }
        ($copy | New-KmsMac -Message hi -MacAlgorithm HMAC_SHA_256 -Region eu-west-1).KeyId | Should -BeExactly $copy.Arn
        ($mac | New-KmsMac -Message hi -MacAlgorithm HMAC_SHA_256).KeyId | Should -BeExactly $mac.Arn
        # What is named on the command line is what is meant.
        ($copy | New-KmsMac -Message hi $mac -MacAlgorithm HMAC_SHA_256).KeyId | Should -BeExactly $mac.Arn
        ('hi' | New-KmsMac -KeyId $mac.KeyId -MacAlgorithm HMAC_SHA_256).KeyId | Should -BeExactly $mac.Arn
        # Alone, the ARN is what names the key.
        $other = New-KmsKey
        Get-ErrorCode (Get-ErrorOf { Invoke-KmsEncrypt $id -Plaintext hi | Invoke-KmsDecrypt -KeyId $null -KeyArn $other.Arn }) | Should -BeExactly 'IncorrectKeyException'
    }

    It 'has its own history, and its own alarms' {
        (Get-KmsKeyHistory $replica).EventName | Should -Be 'CreateKey', 'CreateAlias', 'DisableKey', 'EnableKey'
        (New-KmsAlarm replica $replica -Event KeyUsedWhilePendingDeletion).KeyId | Should -BeExactly $replica.Arn
        ($replica | New-KmsAlarm piped -Event KeyUsedWhilePendingDeletion).KeyId | Should -BeExactly $replica.Arn
    }

    It 'protects files as itself' {
        Set-Content "$TestDrive/plain.txt" 'text'
        ($replica | Protect-KmsFile "$TestDrive/plain.txt").KeyArn | Should -BeExactly $replica.Arn
        ($replica | Unprotect-KmsFile -Path "$TestDrive/plain.txt.encrypted" -Destination "$TestDrive/opened.txt").KeyArn | Should -BeExactly $replica.Arn
        ("$TestDrive/plain.txt" | Protect-KmsFile -KeyId $id -Force).KeyArn | Should -BeExactly (Get-KmsKey $id).Arn
    }

    It 'is told from the related key that its ID names' {
        $related = "The ARN is of the key in eu-west-1. Name the related key in us-east-1 by its ID: {0} -KeyId $id -Region us-east-1"
        foreach ($call in @(
                @{ Refusal = (Get-ErrorOf { $replica | Get-KmsKey -Region us-east-1 }); Action = $related -f 'Get-KmsKey' }
                @{ Refusal = (Get-ErrorOf { Disable-KmsKey $replica.Arn -Region us-east-1 }); Action = $related -f 'Disable-KmsKey' }
                @{ Refusal = (Get-ErrorOf { Update-KmsKeyDescription $replica orders -Region us-east-1 }); Action = "$($related -f 'Update-KmsKeyDescription') ..." })) {
            $call.Refusal.Exception.Message | Should -BeExactly 'Invalid arn eu-west-1'
            $call.Refusal.ErrorDetails.RecommendedAction | Should -BeExactly $call.Action
        }
        (Get-ErrorOf { $replica | Get-KmsKey -Region ap-south-1 }).ErrorDetails.RecommendedAction | Should -BeExactly 'The ARN is of another Region: add -Region eu-west-1.'
        (Get-ErrorOf { $replica | Get-KmsKey }).ErrorDetails.RecommendedAction | Should -BeExactly 'The ARN is of another Region: add -Region eu-west-1.'
    }

    It 'is named by its ID where it has no related keys' {
        $single = New-KmsKey
        $single | Get-KmsKey -Select '^KeyId' | Should -BeExactly $single.KeyId
    }
}

Describe 'Commands that are recommended' {
    BeforeAll {
        $id = (New-KmsKey -MultiRegion $true).KeyId
        $null = New-KmsReplicaKey $id -ReplicaRegion eu-west-1
    }

    It 'name the Region of a key that is not the one of the session' {
        Disable-KmsKey $id -Region eu-west-1
        $refusal = Get-ErrorOf { Invoke-KmsEncrypt $id -Plaintext a -Region eu-west-1 }
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly "Enable-KmsKey $id -Region eu-west-1"
        $null = Register-KmsKeyDeletion $id -Region eu-west-1 -Force
        $refusal = Get-ErrorOf { Invoke-KmsEncrypt $id -Plaintext a -Region eu-west-1 }
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly "Stop-KmsKeyDeletion $id -Region eu-west-1; Enable-KmsKey $id -Region eu-west-1"
        & { $StoredAWSRegion = 'eu-west-1'; (Get-ErrorOf { Invoke-KmsEncrypt $id -Plaintext a }).ErrorDetails.RecommendedAction } |
            Should -BeExactly "Stop-KmsKeyDeletion $id; Enable-KmsKey $id"
    }

    It 'name it in each part of a pipeline' {
        $imported = (New-KmsKey -Origin EXTERNAL -Region eu-west-1).KeyId
        (Get-ErrorOf { Invoke-KmsEncrypt $imported -Plaintext a -Region eu-west-1 }).ErrorDetails.RecommendedAction | Should -BeExactly (
            "Import the key material, such as from key.bin: Get-KmsParametersForImport $imported -Region eu-west-1 -WrappingAlgorithm RSAES_OAEP_SHA_256 " +
            '-WrappingKeySpec RSA_4096 | Protect-KmsKeyMaterial -KeyMaterial (Get-Item ./key.bin) | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE -Region eu-west-1')
    }

    It 'do not name that of the session' {
        Disable-KmsKey $id
        (Get-ErrorOf { Invoke-KmsEncrypt $id -Plaintext a }).ErrorDetails.RecommendedAction | Should -BeExactly "Enable-KmsKey $id"
    }
}

Describe 'An alias of another Region' {
    It 'is removed and moved there only' {
        $other = New-KmsKey
        $there = New-KmsKey -Region eu-west-1
        New-KmsAlias $other alias/same
        New-KmsAlias $there alias/same -Region eu-west-1
        Get-KmsAliasList -Region eu-west-1 | Where-Object AliasName -EQ alias/same | Remove-KmsAlias -Force -Region eu-west-1
        Get-KmsAliasList -Region eu-west-1 | Where-Object AliasName -EQ alias/same | Should -BeNullOrEmpty
        $here = Get-KmsAliasList $other
        $here | Update-KmsAlias -TargetKeyId (New-KmsKey)
        (Get-KmsKey alias/same).KeyId | Should -Not -Be $other.KeyId
        Update-KmsAlias $other $here
        (Get-KmsKey alias/same).KeyId | Should -Be $other.KeyId
        Remove-KmsAlias $here -Force
        Get-KmsAliasList $other | Should -BeNullOrEmpty
        $here | New-KmsAlias -TargetKeyId $other
        (Get-KmsKey alias/same).KeyId | Should -Be $other.KeyId
        Remove-KmsAlias $here -Force
        New-KmsAlias $other $here
        (Get-KmsKey alias/same).KeyId | Should -Be $other.KeyId
        Remove-KmsAlias $here -Force
    }

    It 'is no bar to an alias that is named' {
        $other = New-KmsKey
        New-KmsAlias $other alias/named
        $foreign = New-KmsKey -Region eu-west-1
        New-KmsAlias $foreign alias/foreign -Region eu-west-1
        Get-KmsAliasList $foreign -Region eu-west-1 | Update-KmsAlias -AliasName alias/named -TargetKeyId $other
        Get-KmsAliasList $foreign -Region eu-west-1 | Remove-KmsAlias -AliasName alias/named -Force
        Get-KmsAliasList $other | Should -BeNullOrEmpty
        Get-KmsAliasList $foreign.KeyId -Region eu-west-1 | Should -Not -BeNullOrEmpty
    }

    It 'is refused as an ARN, as AWS does' {
        Get-ErrorCode (Get-ErrorOf { Remove-KmsAlias arn:aws:kms:us-east-1:111122223333:alias/none -Force }) | Should -Be 'ValidationException'
    }
}
