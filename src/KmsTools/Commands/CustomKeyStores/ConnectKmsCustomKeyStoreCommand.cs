using System.Management.Automation;
using System.Text;
using KmsTools.Cryptography;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Connects a custom key store to its HSMs.</summary>
/// <remarks>
/// Logs in to every HSM of the cluster; one usable HSM is enough. If connecting fails, the state of the store is FAILED, a warning shows
/// what the HSM reported, and Get-KmsCustomKeyStore shows the ConnectionErrorCode: disconnect the store, correct the cause, and connect
/// again. USER_LOGGED_IN occurs when the HSM reports it, and when another custom key store is logged in to the same HSM while the password
/// is managed (PKCS#11 reports no other logins). SUBNET_NOT_FOUND and INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET do not occur: HSMs have no
/// subnets here. If the cluster was registered with -ManagePassword, the password of the crypto user is changed. Keys of the cluster that
/// an HSM lacks are copied to it, if they can leave the other HSMs, and a warning names keys whose material no HSM holds any more. If a
/// PKCS#11 URI of the cluster names a file with the PIN of the crypto user (pin-source) and its PIN differs from the one in the store, the
/// store takes it over first, as Update-KmsCustomKeyStore -KeyStorePassword does.
/// </remarks>
/// <example>
/// <code>
/// Connect-KmsCustomKeyStore cks-1234567890abcdef0
/// </code>
/// <para>Connects the store. Get-KmsCustomKeyStore shows whether it succeeded.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsCustomKeyStore | Connect-KmsCustomKeyStore
/// </code>
/// <para>Connects all stores.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsHsmCluster | New-KmsCustomKeyStore Lab -KeyStorePassword $pin | Connect-KmsCustomKeyStore -PassThru |
///     New-KmsKey -Origin AWS_CLOUDHSM
/// </code>
/// <para>Creates a custom key store on the cluster, connects it, and creates a key in it.</para>
/// </example>
[Cmdlet(
    VerbsCommunications.Connect, "KmsCustomKeyStore", SupportsShouldProcess = true,
    HelpUri = HelpPages.Api + "ConnectCustomKeyStore.html")]
[OutputType("None")]
public sealed class ConnectKmsCustomKeyStoreCommand : KeyStoreChangeCmdlet<ConnectCustomKeyStoreRequest, EmptyResponse>
{
    /// <summary>Returns the custom key store afterwards, such as for New-KmsKey.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override string Describe(string target) => $"Connect custom key store {target}";

    private protected override string Activity => $"Connecting custom key store {CustomKeyStoreId}";

    private protected override ConnectCustomKeyStoreRequest CreateRequest() => new() { CustomKeyStoreId = CustomKeyStoreId };

    private protected override void Call(ConnectCustomKeyStoreRequest request, Selection? selection)
    {
        if (CustomKeyStoreId is { Length: > 0 } id)
        {
            using Secret? pin = ReadChangedPin(id);
            if (pin is not null)
            {
                WriteVerbose($"The PIN file of the cluster has another password than {id}: it is taken over.");
                Engine.Execute(
                    new UpdateCustomKeyStoreRequest
                    {
                        CustomKeyStoreId = id,
                        KeyStorePassword = pin.Use(static bytes => Encoding.UTF8.GetString(bytes)),
                    }, Caller);
            }
        }

        base.Call(request, selection);
        if (CustomKeyStoreId is { Length: > 0 } connected
            && StoreAdvice.AfterConnect(Engine, CallRegion ?? Engine.Properties.Region, connected) is { } advice)
        {
            WriteWarning(advice);
        }

        if (PassThru)
        {
            WriteObject(
                Engine.Execute(new DescribeCustomKeyStoresRequest { CustomKeyStoreId = CustomKeyStoreId }, Caller).CustomKeyStores,
                enumerateCollection: true);
        }
    }

    // The store has a password, which may be right.
    private Secret? ReadChangedPin(string id)
    {
        try
        {
            return Engine.HsmClusters.ReadChangedPin(CallRegion ?? Engine.Properties.Region, id);
        }
        catch (ArgumentException exception)
        {
            WriteWarning($"{exception.Message} The password that {id} has is used.");
            return null;
        }
    }
}
