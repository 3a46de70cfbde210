BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
    Enable-KmsKeyRotation $key.KeyId -RotationPeriodInDay 100
    $null = Step-KmsClock -Days 100
    $null = Start-KmsRotateKeyOnDemand $key.KeyId
    $null = Step-KmsClock -Days 100
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsKeyRotation' {
    It 'lists the rotations with their kind' {
        $rotations = Get-KmsKeyRotation $key.KeyId
        $rotations.RotationType | Should -Be 'AUTOMATIC', 'ON_DEMAND', 'AUTOMATIC'
        $rotations.RotationDate | ForEach-Object { ($_ - $key.CreationDate).TotalDays } | Should -Be 100, 100, 200
        $rotations.KeyId | Should -Be $key.Arn, $key.Arn, $key.Arn
        $rotations[-1].KeyMaterialState | Should -Be 'CURRENT'
    }

    It 'lists the first material with -IncludeKeyMaterial' {
        $all = Get-KmsKeyRotation $key.KeyId -IncludeKeyMaterial ALL_KEY_MATERIAL
        $all.Count | Should -Be 4
        $all[0].KeyMaterialId | Should -Be $key.CurrentKeyMaterialId
        $all[0].RotationDate | Should -BeNullOrEmpty
        $all.KeyMaterialState | Should -Be 'NON_CURRENT', 'NON_CURRENT', 'NON_CURRENT', 'CURRENT'
        @($all.KeyMaterialId | Sort-Object -Unique).Count | Should -Be 4
    }

    It 'takes keys from the pipeline' {
        @($key | Get-KmsKeyRotation).Count | Should -Be 3
        New-KmsKey | Get-KmsKeyRotation | Should -BeNullOrEmpty
    }

    It 'pages with -Limit, -NoAutoIteration and -Marker' {
        @(Get-KmsKeyRotation $key.KeyId -Limit 1).Count | Should -Be 3
        $page = Get-KmsKeyRotation $key.KeyId -Limit 2 -NoAutoIteration -Select *
        $page.Rotations.Count | Should -Be 2
        $page.Truncated | Should -BeTrue
        $last = Get-KmsKeyRotation $key.KeyId -Limit 2 -Marker $page.NextMarker
        $last.KeyMaterialState | Should -Be 'CURRENT'
    }

    It 'chooses a member of each rotation' {
        Get-KmsKeyRotation $key.KeyId -Limit 2 -Select Rotations.RotationType | Should -Be 'AUTOMATIC', 'ON_DEMAND', 'AUTOMATIC'
    }

    It 'refuses what -IncludeKeyMaterial does not know' {
        $refusal = Get-ErrorOf { Get-KmsKeyRotation $key.KeyId -IncludeKeyMaterial EVERYTHING }
        Get-ErrorCode $refusal | Should -Be 'ValidationException'
        $refusal.Exception.Message | Should -BeLike "1 validation error detected: Value 'EVERYTHING' at 'includeKeyMaterial' failed to satisfy constraint: Member must satisfy enum value set: *"
    }
}
