using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Verifies an HMAC with the HMAC KMS key that generated it. An invalid HMAC is an error.</summary>
/// <example>
/// <code>
/// Test-KmsMac 'order 4711' -Mac $mac -KeyId alias/webhooks -MacAlgorithm HMAC_SHA_256
/// </code>
/// <para>Verifies an HMAC.</para>
/// </example>
/// <example>
/// <code>
/// Test-KmsMac 'order 4711' -Mac $mac -KeyId alias/webhooks -MacAlgorithm HMAC_SHA_256 -Select MacValid
/// </code>
/// <para>Returns True if the HMAC is valid.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "KmsMac", HelpUri = HelpPages.Api + "VerifyMac.html")]
[OutputType(typeof(VerifyMacResponse))]
public sealed class TestKmsMacCommand : MessageQueryCmdlet<VerifyMacRequest, VerifyMacResponse>
{
    /// <summary>The HMAC: bytes, a stream, or a file (Get-Item).</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [ByteArrayTransformation]
    public byte[]? Mac { get; set; }

    /// <summary>The algorithm. Each HMAC key has one.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [NamesOf(typeof(MacAlgorithmSpec))]
    [ArgumentCompleter(typeof(AlgorithmCompleter<MacAlgorithmSpec>))]
    public string? MacAlgorithm { get; set; }

    private protected override VerifyMacRequest CreateRequest() => new()
    {
        KeyId = NameKey(KeyId, KeyArn),
        Message = Message,
        Mac = Mac,
        MacAlgorithm = MacAlgorithm,
        GrantTokens = GrantToken,
        DryRun = DryRun,
    };
}
