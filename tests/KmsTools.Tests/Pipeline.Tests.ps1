# What each record of a pipeline takes part in: binding throws nothing, and what may change between two records is read for each.

BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
    $other = New-KmsKey
    'alias/a', 'alias/b' | ForEach-Object { New-KmsAlias -AliasName $_ -TargetKeyId $key.KeyId }
    $aliases = @(Get-KmsAliasList | Where-Object TargetKeyId -EQ $key.KeyId)
    $entries = @(Get-KmsKeyList | Where-Object KeyId -In $key.KeyId, $other.KeyId)
    $mac = New-KmsKey -KeyUsage GENERATE_VERIFY_MAC -KeySpec HMAC_256

    if (-not ('KmsToolsTests.ExceptionCount' -as [type])) {
        Add-Type -TypeDefinition @'
using System;
using System.Runtime.ExceptionServices;

namespace KmsToolsTests
{
    /// <summary>Counts the exceptions that are thrown in the pipeline, caught or not.</summary>
    public static class ExceptionCount
    {
        private static int s_thread;

        public static int Value { get; private set; }

        public static void Begin()
        {
            s_thread = Environment.CurrentManagedThreadId;
            Value = 0;
            AppDomain.CurrentDomain.FirstChanceException += Count;
        }

        public static void End()
        {
            AppDomain.CurrentDomain.FirstChanceException -= Count;
        }

        private static void Count(object sender, FirstChanceExceptionEventArgs arguments)
        {
            if (Environment.CurrentManagedThreadId == s_thread)
            {
                Value++;
            }
        }
    }
}
'@
    }

    function Measure-Exception([scriptblock] $Pipeline) {
        # The first time, PowerShell itself finds out about types and commands.
        $null = & $Pipeline
        [KmsToolsTests.ExceptionCount]::Begin()
        try { $null = & $Pipeline }
        finally { [KmsToolsTests.ExceptionCount]::End() }
        [KmsToolsTests.ExceptionCount]::Value
    }
}

AfterAll {
    Disconnect-Kms
}

Describe 'A record' {
    It 'is bound without an exception, whatever it is' {
        $plaintext = [byte[]]::new(32)
        Measure-Exception { $key.KeyId, $other.KeyId, $key.Arn, 'alias/a' | Invoke-KmsEncrypt -Plaintext $plaintext } | Should -Be 0
        Measure-Exception { $key, $other | Invoke-KmsEncrypt -Plaintext $plaintext } | Should -Be 0
        Measure-Exception { $entries | Invoke-KmsEncrypt -Plaintext $plaintext } | Should -Be 0
        Measure-Exception { $key.KeyId, $other.KeyId | Get-KmsKey } | Should -Be 0
        Measure-Exception { $entries | Get-KmsKey | New-KmsDataKey -KeySpec AES_256 } | Should -Be 0
        Measure-Exception { $entries | Invoke-KmsEncrypt -Plaintext $plaintext | Invoke-KmsDecrypt } | Should -Be 0
        Measure-Exception { 'a', 'b' | New-KmsMac -KeyId $mac.KeyId -MacAlgorithm HMAC_SHA_256 } | Should -Be 0
        Measure-Exception { $aliases | Update-KmsAlias -TargetKeyId $key.KeyId } | Should -Be 0
        Measure-Exception { $aliases.AliasName | Get-KmsKey } | Should -Be 0
        $aliases.Count, $entries.Count | Should -Be 2, 2
    }

    It 'is seen to throw where it does' {
        Measure-Exception { 'no date' | Get-Date -ErrorAction Ignore } | Should -BeGreaterThan 0
        Measure-Exception { $key.KeyId, 'alias/none' | Get-KmsKey -ErrorAction Ignore } | Should -BeGreaterThan 0
    }

    It 'has the Region that the session has when it comes' {
        $regions = 'us-east-1', 'eu-central-1', 'us-east-1'
        $answers = $regions | ForEach-Object { $StoredAWSRegion = $_; $key.KeyId } | Get-KmsKey -ErrorAction SilentlyContinue -ErrorVariable failures
        $answers.Arn | Should -Be $key.Arn, $key.Arn
        $failures.Count | Should -Be 1
        "$failures" | Should -Match "arn:aws:kms:eu-central-1:111122223333:key/$($key.KeyId)"
    }

    It 'has the caller that the session has when it comes' {
        $null = 'arn:aws:iam::111122223333:user/alice', 'arn:aws:iam::111122223333:user/bob' |
            ForEach-Object { $null = Set-KmsCaller -Principal $_; $key.KeyId } | Get-KmsKey
        (Get-KmsEvent $key.KeyId -EventName DescribeKey -Last 2).UserIdentity.arn |
            Should -Be 'arn:aws:iam::111122223333:user/alice', 'arn:aws:iam::111122223333:user/bob'
        Set-KmsCaller -Default
    }

    It 'is selected by its own values' {
        $key.KeyId, $other.KeyId | Get-KmsKey -Select '^KeyId' | Should -Be $key.KeyId, $other.KeyId
        [pscustomobject]@{ KeyId = $key.KeyId; Select = 'KeyMetadata.Arn' }, [pscustomobject]@{ KeyId = $key.KeyId; Select = 'KeyMetadata.KeyId' } |
            Get-KmsKey | Should -Be $key.Arn, $key.KeyId
    }

    It 'gives -NetworkCredential by its name' {
        $credential = [pscredential]::new('none', (ConvertTo-SecureString none -AsPlainText -Force))
        $said = [pscustomobject]@{ KeyId = $key.KeyId; NetworkCredential = $credential } | Get-KmsKey -Verbose 4>&1
        $said | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] } | Should -Be '-NetworkCredential: no meaning here.'
    }
}
