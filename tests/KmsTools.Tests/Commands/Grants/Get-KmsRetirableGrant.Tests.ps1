BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $role = 'arn:aws:iam::111122223333:role/deploy'
    $key = New-KmsKey
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsRetirableGrant' {
    It 'writes the grants of all keys that the principal may retire' {
        $other = New-KmsKey
        $one = New-KmsGrant -KeyId $key.KeyId -GranteePrincipal $role -RetiringPrincipal "$role-ops" -Operation Decrypt
        $two = New-KmsGrant -KeyId $other.KeyId -GranteePrincipal $role -RetiringPrincipal "$role-ops" -Operation Decrypt
        $null = New-KmsGrant -KeyId $key.KeyId -GranteePrincipal $role -Operation Decrypt
        (Get-KmsRetirableGrant -RetiringPrincipal "$role-ops" -Limit 1).GrantId | Should -Be ($one.GrantId, $two.GrantId | Sort-Object)
        (Get-KmsRetirableGrant -RetiringPrincipal "$role-ops").KeyId | Sort-Object | Should -Be ($key.Arn, $other.Arn | Sort-Object)
    }

    It 'takes a service in place of a principal' {
        $null = New-KmsGrant -KeyId $key.KeyId -GranteePrincipal $role -RetiringServicePrincipal lambda.amazonaws.com -Operation Decrypt
        (Get-KmsRetirableGrant -RetiringServicePrincipal lambda.amazonaws.com).RetiringServicePrincipal | Should -Be 'lambda.amazonaws.com'
    }

    It 'takes the retiring principal from what Get-KmsGrantList writes' {
        $third = New-KmsKey
        $null = New-KmsGrant -KeyId $third.KeyId -GranteePrincipal $role -RetiringPrincipal "$role-piped" -Operation Decrypt
        (Get-KmsGrantList $third.KeyId | Get-KmsRetirableGrant).KeyId | Should -Be $third.Arn
    }

    It 'refuses what is no principal' {
        { Get-KmsRetirableGrant -RetiringPrincipal nobody } | Should -Throw -ErrorId 'InvalidArnException,KmsTools.Commands.GetKmsRetirableGrantCommand'
    }
}
