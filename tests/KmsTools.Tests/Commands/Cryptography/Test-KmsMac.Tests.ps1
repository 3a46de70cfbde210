BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey -KeySpec HMAC_256 -KeyUsage GENERATE_VERIFY_MAC
    $call = @{ KeyId = $key.KeyId; MacAlgorithm = 'HMAC_SHA_256' }
    $mac = New-KmsMac 'order 4711' @call -Select Mac
}

AfterAll {
    Disconnect-Kms
}

Describe 'Test-KmsMac' {
    It 'writes the response for a valid HMAC' {
        $answer = Test-KmsMac 'order 4711' -Mac $mac @call
        $answer.MacValid | Should -BeTrue
        $answer.KeyId | Should -Be $key.Arn
    }

    It 'takes messages from the pipeline' {
        ('order 4711' | Test-KmsMac -Mac $mac.ToArray() @call).MacValid | Should -BeTrue
    }

    It 'refuses another message' {
        { Test-KmsMac 'order 4712' -Mac $mac @call } | Should -Throw -ErrorId 'KMSInvalidMacException,KmsTools.Commands.TestKmsMacCommand'
    }
}
