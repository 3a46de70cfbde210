BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary
    $alice, $bob = 'alice', 'bob' | ForEach-Object { New-KmsAccessKey $_ }
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsAccessKey' {
    It 'shows all access keys, without their secrets' {
        (Get-KmsAccessKey).AccessKeyId | Sort-Object | Should -Be ($alice.AccessKeyId, $bob.AccessKeyId | Sort-Object)
        (Get-KmsAccessKey | ConvertTo-Json) | Should -Not -Match ([regex]::Escape($alice.SecretAccessKey))
        (Get-KmsAccessKey)[0].CreationDate.Kind | Should -Be 'Utc'
    }

    It 'shows one, by its ID or from the pipeline' {
        (Get-KmsAccessKey $bob.AccessKeyId).PrincipalArn | Should -BeExactly 'arn:aws:iam::111122223333:user/bob'
        ($alice | Get-KmsAccessKey).PrincipalArn | Should -BeExactly 'arn:aws:iam::111122223333:user/alice'
    }

    It 'suggests the nearest ID for one that is not there' {
        $last = $bob.AccessKeyId[-1] -eq 'A' ? 'B' : 'A'
        $refusal = Get-ErrorOf { Get-KmsAccessKey ($bob.AccessKeyId.Substring(0, 19) + $last) }
        Get-ErrorCode $refusal | Should -Be 'AccessKeyNotFound'
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly "Did you mean $($bob.AccessKeyId)? Get-KmsAccessKey shows the access keys."
    }
}
