BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey -Description 'old'
}

AfterAll {
    Disconnect-Kms
}

Describe 'Update-KmsKeyDescription' {
    It 'changes the description, and writes nothing' {
        Update-KmsKeyDescription $key.KeyId -Description 'new – ünïcode' | Should -BeNullOrEmpty
        (Get-KmsKey $key.KeyId).Description | Should -BeExactly 'new – ünïcode'
    }

    It 'empties it' {
        Update-KmsKeyDescription $key.KeyId -Description ''
        (Get-KmsKey $key.KeyId).Description | Should -BeExactly ''
    }

    It 'takes rows by property name' {
        $second = New-KmsKey
        "KeyId,Description`n$($key.KeyId),one`n$($second.Arn),two" | ConvertFrom-Csv | Update-KmsKeyDescription
        ($key, $second | ForEach-Object { Get-KmsKey $_.KeyId }).Description | Should -Be 'one', 'two'
    }

    It 'changes nothing with -WhatIf' {
        Update-KmsKeyDescription $key.KeyId -Description 'if' -WhatIf
        (Get-KmsKey $key.KeyId).Description | Should -Be 'one'
    }

    It 'takes no key of another Region' {
        Get-ErrorCode (Get-ErrorOf { Update-KmsKeyDescription $key.KeyId -Description x -Region eu-west-1 }) | Should -Be 'NotFoundException'
        (Get-KmsKey $key.KeyId).Description | Should -Be 'one'
    }

    It 'refuses more than 8192 characters' {
        Update-KmsKeyDescription $key.KeyId -Description ('x' * 8192)
        $refusal = Get-ErrorOf { Update-KmsKeyDescription $key.KeyId -Description ('y' * 8193) }
        Get-ErrorCode $refusal | Should -Be 'ValidationException'
        $refusal.Exception.Message | Should -BeLike "*at 'description' failed to satisfy constraint: Member must have length less than or equal to 8192"
        (Get-KmsKey $key.KeyId).Description.Length | Should -Be 8192
    }
}
