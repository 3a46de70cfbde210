using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>A cmdlet that generates a data key pair.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
public abstract class DataKeyPairCmdlet<TRequest, TResponse> : DataKeyCmdlet<TRequest, TResponse>
    where TRequest : class, IKmsRequest<TResponse>
    where TResponse : class
{
    /// <summary>The type of key pair.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [NamesOf(typeof(DataKeyPairSpec))]
    [ArgumentCompleter(typeof(EnumCompleter<DataKeyPairSpec>))]
    public string? KeyPairSpec { get; set; }

    // The next record may name RSA, whose primes take seconds.
    private protected sealed override bool MayWait() => true;

    private protected override string Describe(string target) => $"Make a data key pair with {target}";
}
