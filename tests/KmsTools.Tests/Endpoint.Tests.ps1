BeforeAll {
    $module = $env:KMSTOOLS_TEST_MODULE ?? (Resolve-Path "$PSScriptRoot/../../artifacts/KmsTools").Path
    Import-Module $module -Force
    . "$PSScriptRoot/Support.ps1"
}

Describe 'Access keys' {
    BeforeEach { Connect-Kms -Temporary | Out-Null }
    AfterEach { Disconnect-Kms }

    It 'show their secret once' {
        $key = New-KmsAccessKey alice
        $key.SecretAccessKey.Length | Should -Be 40
        $key.PrincipalArn | Should -Be 'arn:aws:iam::111122223333:user/alice'
        $known = Get-KmsAccessKey $key.AccessKeyId
        $known.PSObject.Properties.Name | Should -Be 'AccessKeyId', 'PrincipalArn', 'CreationDate'
        "$key" | Should -Be $key.AccessKeyId
    }

    It 'are removed by the pipeline' {
        $key = New-KmsAccessKey alice
        $key | Remove-KmsAccessKey -WhatIf
        Get-KmsAccessKey | Should -HaveCount 1
        $key | Remove-KmsAccessKey -Force
        Get-KmsAccessKey | Should -BeNullOrEmpty
        { Remove-KmsAccessKey $key.AccessKeyId -Force } | Should -Throw -ErrorId 'AccessKeyNotFound,KmsTools.Commands.RemoveKmsAccessKeyCommand'
    }

    It 'belong to principals of the account only' {
        { New-KmsAccessKey -PrincipalArn arn:aws:iam::999988887777:user/eve } | Should -Throw -ErrorId 'InvalidArgument,*'
        { New-KmsAccessKey 'not a name' } | Should -Throw -ErrorId 'InvalidArgument,*'
    }
}

Describe 'Endpoints' -Skip:(-not (Get-Command dotnet -ErrorAction Ignore)) {
    BeforeAll {
        function Get-Hash([byte[]] $Key, [string] $Text) {
            [Security.Cryptography.HMACSHA256]::HashData($Key, [Text.Encoding]::UTF8.GetBytes($Text))
        }

        function Get-Digest([string] $Text) {
            [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes($Text))).ToLowerInvariant()
        }

        # A call with Signature Version 4.
        function Get-Answer($Url, $Credential, $Operation, $Body) {
            $time = [datetime]::UtcNow.ToString("yyyyMMdd'T'HHmmss'Z'")
            $scope = "$($time.Substring(0, 8))/us-east-1/kms/aws4_request"
            $target = "TrentService.$Operation"
            $canonical = "POST`n/`n`nhost:$(([uri]$Url).Authority)`nx-amz-date:$time`nx-amz-target:$target`n`nhost;x-amz-date;x-amz-target`n$(Get-Digest $Body)"
            $key = [Text.Encoding]::UTF8.GetBytes("AWS4$($Credential.SecretAccessKey)")
            foreach ($part in $scope -split '/') { $key = Get-Hash $key $part }
            $signature = [Convert]::ToHexString((Get-Hash $key "AWS4-HMAC-SHA256`n$time`n$scope`n$(Get-Digest $canonical)")).ToLowerInvariant()
            $headers = @{
                'X-Amz-Date'   = $time
                'X-Amz-Target' = $target
                Authorization  = "AWS4-HMAC-SHA256 Credential=$($Credential.AccessKeyId)/$scope, SignedHeaders=host;x-amz-date;x-amz-target, Signature=$signature"
            }
            $response = Invoke-WebRequest $Url -Method Post -ContentType 'application/x-amz-json-1.1' -Headers $headers -Body $Body -SkipHttpErrorCheck -SkipHeaderValidation
            [pscustomobject]@{ Code = [int]$response.StatusCode; Body = [Text.Encoding]::UTF8.GetString($response.RawContentStream.ToArray()) }
        }
    }

    BeforeEach { Connect-Kms -Temporary | Out-Null }
    AfterEach { Disconnect-Kms }

    It 'serve the store of the session' {
        $endpoint = Start-KmsEndpoint
        $endpoint.Store | Should -Be (Get-KmsConnection).Path
        (Invoke-RestMethod "$($endpoint.Url)/healthz").status | Should -Be 'ok'
        (Get-KmsEndpoint).Url | Should -Be $endpoint.Url
        $endpoint | Stop-KmsEndpoint
        $endpoint.IsRunning | Should -BeFalse
        $endpoint.Process.ExitCode | Should -Be 0
        Get-KmsEndpoint | Should -BeNullOrEmpty
    }

    It 'end before their temporary store does' {
        $endpoint = Start-KmsEndpoint
        Disconnect-Kms
        $endpoint.IsRunning | Should -BeFalse
        Connect-Kms -Temporary | Out-Null
    }

    It 'see the clock of their store move' {
        Disconnect-Kms
        Connect-Kms -Temporary -SimulatedClock | Out-Null
        $credential = New-KmsAccessKey alice
        $endpoint = Start-KmsEndpoint
        $key = New-KmsKey
        Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7 -Confirm:$false | Out-Null
        $body = @{ KeyId = $key.KeyId } | ConvertTo-Json
        Get-Answer $endpoint.Url $credential DescribeKey $body | Select-Object -ExpandProperty Code | Should -Be 200
        Step-KmsClock -Days 8 | Out-Null
        $answer = Get-Answer $endpoint.Url $credential DescribeKey $body
        $answer.Code | Should -Be 400
        $answer.Body | Should -BeLike '*"NotFoundException"*'
    }

    It 'serve HTTPS, with a password or a key file' {
        $name = [Security.Cryptography.X509Certificates.X500DistinguishedName]::new('CN=127.0.0.1')
        $rsa = [Security.Cryptography.RSA]::Create(2048)
        $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new($name, $rsa, 'SHA256', [Security.Cryptography.RSASignaturePadding]::Pkcs1)
        $names = [Security.Cryptography.X509Certificates.SubjectAlternativeNameBuilder]::new()
        $names.AddIpAddress([ipaddress]::Loopback)
        $request.CertificateExtensions.Add($names.Build())
        $certificate = $request.CreateSelfSigned([datetimeoffset]::UtcNow.AddDays(-1), [datetimeoffset]::UtcNow.AddDays(1))
        [IO.File]::WriteAllBytes("$TestDrive/kms.pfx", $certificate.Export('Pkcs12', 'a password'))
        Set-Content "$TestDrive/kms.pem" $certificate.ExportCertificatePem()
        Set-Content "$TestDrive/kms.key" $rsa.ExportPkcs8PrivateKeyPem()
        if (-not $IsWindows) { chmod 600 "$TestDrive/kms.pfx" "$TestDrive/kms.key" }

        $password = ConvertTo-SecureString 'a password' -AsPlainText -Force
        $endpoint = Start-KmsEndpoint -Certificate "$TestDrive/kms.pfx" -CertificatePassword $password
        $endpoint.Url | Should -BeLike 'https://127.0.0.1:*'
        (Invoke-RestMethod "$($endpoint.Url)/healthz" -SkipCertificateCheck).status | Should -Be 'ok'
        { Invoke-RestMethod "$($endpoint.Url)/healthz" } | Should -Throw '*SSL*'
        $endpoint | Stop-KmsEndpoint

        Push-Location $TestDrive
        $endpoint = Start-KmsEndpoint -Listen 0.0.0.0 -Certificate kms.pem -CertificateKey kms.key
        Pop-Location
        $endpoint.Url | Should -BeLike 'https://0.0.0.0:*'
        (Invoke-RestMethod "$($endpoint.Url.Replace('0.0.0.0', '127.0.0.1'))/healthz" -SkipCertificateCheck).status | Should -Be 'ok'
        $endpoint | Stop-KmsEndpoint

        { Start-KmsEndpoint -Certificate "$TestDrive/kms.pfx" } |
            Should -Throw "The endpoint did not start. '$TestDrive/kms.pfx' needs a password: give -CertificatePassword."
    }

    It 'serve other machines over HTTP only when told so' {
        { Start-KmsEndpoint -Listen 0.0.0.0 } | Should -Throw (
            'The endpoint did not start. 0.0.0.0 can be reached from other machines: ' +
            'give a -Certificate, or -InsecureHttp if plaintexts may be read on the network.')
        $endpoint = Start-KmsEndpoint -Listen 0.0.0.0 -InsecureHttp
        $endpoint.Url | Should -BeLike 'http://0.0.0.0:*'
        $endpoint | Stop-KmsEndpoint
    }

    It 'serve a store that has lost changes only when told so' {
        $folder = "$TestDrive/lost"
        $kept = New-StoreThatLostAChange $folder
        { Start-KmsEndpoint -Path $folder } | Should -Throw (
            "The endpoint did not start.*the newest change is missing in 'state.db'.*" +
            'To serve the store without what is missing, which cannot be undone: -AcceptLostChanges.')
        Start-KmsEndpoint -Path $folder -AcceptLostChanges | Stop-KmsEndpoint
        $null = Connect-Kms $folder
        (Get-KmsKeyList).KeyId | Should -Be $kept.KeyId
    }

    It 'say why they do not start' {
        { Start-KmsEndpoint -Path /dev/null/store } | Should -Throw -ErrorId 'EndpointNotStarted,KmsTools.Commands.StartKmsEndpointCommand'
    }
}
