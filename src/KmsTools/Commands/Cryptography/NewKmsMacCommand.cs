using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Computes an HMAC of a message with an HMAC KMS key.</summary>
/// <example>
/// <code>
/// $mac = New-KmsMac 'order 4711' -KeyId alias/webhooks -MacAlgorithm HMAC_SHA_256 -Select Mac
/// </code>
/// <para>Computes the HMAC of a text.</para>
/// </example>
/// <example>
/// <code>
/// 'order 4711', 'order 4712' | New-KmsMac -KeyId alias/webhooks -MacAlgorithm HMAC_SHA_256
/// </code>
/// <para>Computes the HMACs of two messages.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "KmsMac", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "GenerateMac.html")]
[OutputType(typeof(GenerateMacResponse))]
public sealed class NewKmsMacCommand : MessageChangeCmdlet<GenerateMacRequest, GenerateMacResponse>
{
    /// <summary>The algorithm. Each HMAC key has one.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [NamesOf(typeof(MacAlgorithmSpec))]
    [ArgumentCompleter(typeof(AlgorithmCompleter<MacAlgorithmSpec>))]
    public string? MacAlgorithm { get; set; }

    private protected override string Describe(string target) => $"Compute an HMAC with {target}";

    private protected override GenerateMacRequest CreateRequest() => new()
    {
        KeyId = NameKey(KeyId, KeyArn),
        Message = Message,
        MacAlgorithm = MacAlgorithm,
        GrantTokens = GrantToken,
        DryRun = DryRun,
    };
}
