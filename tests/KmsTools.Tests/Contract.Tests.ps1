# Holds the cmdlets of the API against those of AWS.Tools.KeyManagementService, as aws-tools-kms-cmdlets.json lists them.
BeforeDiscovery {
    $module = $env:KMSTOOLS_TEST_MODULE ?? (Resolve-Path "$PSScriptRoot/../../artifacts/KmsTools").Path
    Import-Module $module -Force
    $contract = Get-Content -Raw "$PSScriptRoot/aws-tools-kms-cmdlets.json" | ConvertFrom-Json
    $implemented = [KmsTools.Operations.OperationCatalog]::All.Name
    $cases = @($contract.cmdlets | Where-Object operation -In $implemented | ForEach-Object { @{ Name = $_.cmdlet; Expected = $_ } })
    $commonCases = @($contract.commonParameters | ForEach-Object { @{ Parameter = $_.name; Expected = $_ } })
}

BeforeAll {
    $module = $env:KMSTOOLS_TEST_MODULE ?? (Resolve-Path "$PSScriptRoot/../../artifacts/KmsTools").Path
    Import-Module $module -Force
    $contract = Get-Content -Raw "$PSScriptRoot/aws-tools-kms-cmdlets.json" | ConvertFrom-Json

    # Each is looked up once, by the name that AWS.Tools gives it: Get-Command takes a good part of a second to find them all.
    $cmdlets = @{}
    foreach ($command in Get-Command -Module KmsTools) {
        $cmdlets[$command.Name] = $command.CommandType -eq 'Alias' ? $command.ResolvedCommand : $command
    }

    # Enumerations of the API are text here: the service decides what it takes, as with the constant classes of the SDK.
    $types = @{
        string           = [string]
        constantClass    = [string]
        bytes            = [byte[]]
        stringArray      = [string[]]
        nullableBoolean  = [Nullable[bool]]
        nullableInt32    = [Nullable[int]]
        nullableDateTime = [Nullable[datetime]]
        hashtable        = [hashtable]
        modelArray       = [KmsTools.Tag[]]
    }

    # What these cmdlets have beside what AWS.Tools has: positions, aliases and a pipeline that it leaves free, and parameters of their own.
    $positions = @{
        'New-KMSAlias -AliasName'              = 1
        'Update-KMSAlias -AliasName'           = 1
        'New-KMSGrant -KeyId'                  = 0
        'New-KMSGrant -GranteePrincipal'       = 1
        'Invoke-KMSEncrypt -Plaintext'         = 1
        'Invoke-KMSSigning -KeyId'             = 1
        'New-KMSMac -KeyId'                    = 1
        'Test-KMSSignature -KeyId'             = 1
        'Test-KMSMac -KeyId'                   = 1
        'Add-KMSResourceTag -Tag'              = 1
        'Update-KMSKeyDescription -Description' = 1
        'New-KMSReplicaKey -ReplicaRegion'     = 1
        'Revoke-KMSGrant -GrantId'             = 1
        'Get-KMSRetirableGrant -RetiringPrincipal' = 0
    }
    $aliases = @{ 'New-KMSCustomKeyStore -CloudHsmClusterId' = 'ClusterId'; 'Update-KMSCustomKeyStore -CloudHsmClusterId' = 'ClusterId' }
    $own = @{ 'Get-KMSKey' = 'KeyState', 'Tag', 'CustomKeyStoreId'; 'Connect-KMSCustomKeyStore' = 'PassThru'; 'Revoke-KMSGrant' = 'InputObject'; 'Disable-KMSGrant' = 'InputObject'; 'New-KMSGrant' = 'Constraint'
        'New-KMSAlias' = 'InputObject', 'AliasArn'; 'Remove-KMSAlias' = 'InputObject', 'AliasArn'; 'Update-KMSAlias' = 'InputObject', 'AliasArn'; 'Invoke-KMSDecrypt' = 'KeyArn'
        'Invoke-KMSSigning' = 'KeyArn'; 'Test-KMSSignature' = 'KeyArn'; 'New-KMSMac' = 'KeyArn'; 'Test-KMSMac' = 'KeyArn' }
    $piped = @{ 'New-KMSGrant -KeyId' = $true }

    function Get-ParameterAttribute($parameter) {
        $parameter.Attributes | Where-Object { $_ -is [System.Management.Automation.ParameterAttribute] }
    }
}

Describe 'Operations' {
    It 'have a cmdlet each' {
        [KmsTools.Operations.OperationCatalog]::All.Name | Should -BeIn $contract.cmdlets.operation
    }

    It 'are all of AWS KMS' {
        $contract.cmdlets.operation | Should -BeIn ([KmsTools.Operations.OperationCatalog]::All.Name)
        @($contract.cmdlets).Count | Should -Be 54
    }

    It 'keep the module aliases of AWS.Tools' {
        foreach ($alias in $contract.moduleAliases.psobject.Properties) {
            (Get-Command $alias.Name -Module KmsTools).Definition | Should -Be $alias.Value
        }
    }
}

Describe '<Name>' -ForEach $cases {
    BeforeAll {
        $cmdlet = $cmdlets[$Name]
        $newer = @(($contract.exceptions | Where-Object cmdlet -EQ $Name).expectedByConvention | Where-Object { $_ })
    }

    It 'has the parameters of AWS.Tools' {
        # As texts, which are compared at once: an assertion costs more than all else of it.
        $wanted = foreach ($want in $Expected.parameters) {
            $key = "$Name -$($want.name)"
            "-$($want.name) [$($types[$want.typeKind])] aliases: $(@($want.aliases) + $aliases[$key] | Where-Object { $_ } | Sort-Object), " +
                "mandatory: $($want.mandatory), position: $($positions[$key] ?? $want.position ?? [int]::MinValue), " +
                "pipeline: $($piped[$key] ?? $want.pipelineByValue) $($want.pipelineByPropertyName), allows: $($want.allow)"
        }
        $had = foreach ($want in $Expected.parameters) {
            $have = $cmdlet.Parameters[$want.name]
            if (-not $have) { "-$($want.name) is missing"; continue }
            $attribute = Get-ParameterAttribute $have
            "-$($have.Name) [$($have.ParameterType)] aliases: $($have.Aliases | Sort-Object), " +
                "mandatory: $($attribute.Mandatory), position: $($attribute.Position), " +
                "pipeline: $($attribute.ValueFromPipeline) $($attribute.ValueFromPipelineByPropertyName), allows: " +
                "$($want.allow | Where-Object { $have.Attributes.TypeId.Name -contains "${_}Attribute" })"
        }
        $had | Should -Be $wanted
    }

    It 'has the parameters of members that are newer than AWS.Tools' {
        foreach ($want in $newer) {
            $have = $cmdlet.Parameters[$want.name]
            $have.ParameterType.FullName | Should -Be $want.type -Because "-$($want.name)"
            @($have.Aliases) | Should -Be @($want.aliases) -Because "-$($want.name)"
            $attribute = Get-ParameterAttribute $have
            $attribute.Mandatory | Should -Be $want.mandatory -Because "-$($want.name)"
            $attribute.ValueFromPipelineByPropertyName | Should -BeTrue -Because "-$($want.name)"
        }
    }

    It 'has no others' {
        $known = @($Expected.parameters.name) + $newer.name + $Expected.specialParameters + $contract.commonParameters.name +
            $contract.powershellCommonParameters + 'ProgressAction' + $own[$Name]
        if ($Expected.supportsShouldProcess) { $known += $contract.shouldProcessParameters }
        $cmdlet.Parameters.Keys | Should -BeIn $known
        $Expected.specialParameters | Should -BeIn $cmdlet.Parameters.Keys
    }

    It 'asks as AWS.Tools does' {
        $attribute = [Reflection.CustomAttributeExtensions]::GetCustomAttribute($cmdlet.ImplementingType, [System.Management.Automation.CmdletAttribute])
        $attribute.SupportsShouldProcess | Should -Be $Expected.supportsShouldProcess
        if ($Expected.supportsShouldProcess) {
            "$($attribute.ConfirmImpact)" | Should -Be $Expected.confirmImpact
        }
    }

    It 'writes by default what AWS.Tools writes' {
        $instance = [Activator]::CreateInstance($cmdlet.ImplementingType)
        $flags = [Reflection.BindingFlags] 'Instance, NonPublic'
        $default = $cmdlet.ImplementingType.GetProperty('DefaultSelect', $flags).GetValue($instance)
        switch -Wildcard ($Expected.defaultOutput) {
            'none' { $default | Should -BeNullOrEmpty }
            'response' { $default | Should -Be '*' }
            'member:*' { $default | Should -Be $Expected.selectDefault }
        }

        $want = $Expected.outputTypes | ForEach-Object { $_ -replace '^System\.(IO\.)?' }
        $cmdlet.OutputType.Name -replace '^.*\.' | Should -Be $want
    }

    It 'answers with the members of AWS' {
        $operation = [KmsTools.Operations.OperationCatalog]::Find($Expected.operation)
        if ($Expected.responseMembers) {
            $Expected.responseMembers.name | Should -BeIn $operation.ResponseType.GetProperties().Name
        }
    }
}

Describe 'The common parameter -<Parameter>' -ForEach $commonCases {
    It 'is on every cmdlet of an operation' {
        $names = ($contract.cmdlets | Where-Object operation -In ([KmsTools.Operations.OperationCatalog]::All.Name)).cmdlet
        $names.Count | Should -Be 54

        # By value, an untyped parameter would swallow everything that is piped, and a typed one throws for each record that is something else.
        $byValue = $Parameter -in 'Credential', 'NetworkCredential' ? '' : $Expected.pipelineByValue
        $wanted = $names.ForEach({ "$_ aliases: $($Expected.aliases | Sort-Object), pipeline: $byValue True" })
        $had = foreach ($name in $names) {
            $have = $cmdlets[$name].Parameters[$Parameter]
            $attribute = Get-ParameterAttribute $have
            "$name aliases: $($have.Aliases | Sort-Object), " +
                "pipeline: $($byValue -is [bool] ? $attribute.ValueFromPipeline : '') $($attribute.ValueFromPipelineByPropertyName)"
        }
        $had | Should -Be $wanted
    }
}
