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

    It 'has its own history, and its own alarms' {
        (Get-KmsKeyHistory $replica).EventName | Should -Be 'CreateKey', 'CreateAlias', 'DisableKey', 'EnableKey'
        (New-KmsAlarm replica $replica -Event KeyUsedWhilePendingDeletion).KeyId | Should -BeExactly $replica.Arn
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
            "Import the key material: Get-KmsParametersForImport $imported -Region eu-west-1 -WrappingAlgorithm RSA_AES_KEY_WRAP_SHA_256 -WrappingKeySpec RSA_4096 | " +
            'Protect-KmsKeyMaterial | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE -Region eu-west-1')
    }

    It 'do not name that of the session' {
        Disable-KmsKey $id
        (Get-ErrorOf { Invoke-KmsEncrypt $id -Plaintext a }).ErrorDetails.RecommendedAction | Should -BeExactly "Enable-KmsKey $id"
    }
}
