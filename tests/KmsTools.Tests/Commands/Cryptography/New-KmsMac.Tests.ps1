BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey -KeySpec HMAC_256 -KeyUsage GENERATE_VERIFY_MAC
    $call = @{ KeyId = $key.KeyId; MacAlgorithm = 'HMAC_SHA_256' }
}

AfterAll {
    Disconnect-Kms
}

Describe 'New-KmsMac' {
    It 'writes the HMAC with key and algorithm' {
        $answer = New-KmsMac 'order 4711' @call
        $answer.Mac.Length | Should -Be 32
        $answer.KeyId | Should -Be $key.Arn
        $answer.MacAlgorithm | Should -Be 'HMAC_SHA_256'
        Test-KmsMac 'order 4711' -Mac $answer.Mac @call -Select MacValid | Should -BeTrue
    }

    It 'takes messages from the pipeline' {
        $macs = 'a', 'b', 'a' | New-KmsMac @call -Select Mac | ForEach-Object { [Convert]::ToHexString($_.ToArray()) }
        $macs[0] | Should -Be $macs[2]
        $macs[0] | Should -Not -Be $macs[1]
    }

    It 'makes nothing with -WhatIf, and names the key with -Verbose' {
        New-KmsMac 'order 4711' @call -WhatIf | Should -BeNullOrEmpty
        New-KmsMac 'order 4711' @call -Verbose 4>&1 | Select-Object -First 1 | Should -BeLike "Compute an HMAC with $($key.Arn)*"
    }

    It 'completes the algorithm of the key' {
        (TabExpansion2 "New-KmsMac x -KeyId $($key.KeyId) -MacAlgorithm ").CompletionMatches.CompletionText | Should -Be 'HMAC_SHA_256'
    }

    It 'refuses a key for something else' {
        { New-KmsMac 'x' -KeyId (New-KmsKey).KeyId -MacAlgorithm HMAC_SHA_256 } | Should -Throw -ErrorId 'InvalidKeyUsageException,KmsTools.Commands.NewKmsMacCommand'
    }
}
