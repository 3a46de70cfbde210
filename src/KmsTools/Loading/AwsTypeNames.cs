using System.Management.Automation;
using System.Net;
using System.Reflection;
using System.Runtime.Loader;

namespace KmsTools.Loading;

/// <summary>
/// Lets scripts written for AWS.Tools name types of the AWS SDK for .NET, such as
/// <c>[Amazon.KeyManagementService.Model.NotFoundException]</c>, where the SDK is not loaded. Where it is loaded, or once it is, its own
/// types are used. In JSON, enumerations are written as their names.
/// </summary>
/// <remarks>
/// The assembly with these types has a separate load context, where PowerShell does not look for types, and PowerShell knows them as type
/// accelerators. In the context of all modules they would permanently take precedence over the SDK's: the handlers for other services would
/// not match.
/// </remarks>
internal static class AwsTypeNames
{
    private const string OwnAssembly = "KmsTools.AwsTypes";
    private const string SdkAssembly = "AWSSDK.KeyManagementService";
    private const string SdkCoreAssembly = "AWSSDK.Core";
    private const string JsonAssembly = "Newtonsoft.Json";
    private const string Service = "Amazon.KeyManagementService";
    private const string Model = Service + ".Model";

    // The enumerations that scripts may name where the SDK has a class of constants.
    private static readonly Type[] Constants =
    [
        typeof(AlgorithmSpec), typeof(ConnectionErrorCodeType), typeof(ConnectionStateType), typeof(CustomKeyStoreType),
        typeof(CustomerMasterKeySpec), typeof(DataKeyPairSpec), typeof(DataKeySpec), typeof(DryRunModifierType),
        typeof(EncryptionAlgorithmSpec),
        typeof(ExpirationModelType), typeof(GrantOperation), typeof(ImportState), typeof(ImportType), typeof(IncludeKeyMaterial),
        typeof(KeyAgreementAlgorithmSpec), typeof(KeyEncryptionMechanism),
        typeof(KeyManagerType), typeof(KeyMaterialState), typeof(KeySpec), typeof(KeyState), typeof(KeyUsageType), typeof(MacAlgorithmSpec),
        typeof(MessageType), typeof(MultiRegionKeyType), typeof(OriginType), typeof(RotationType), typeof(SigningAlgorithmSpec),
        typeof(WrappingKeySpec), typeof(XksProxyConnectivityType),
    ];

    private static readonly Lazy<Assembly> OwnTypes = new(LoadOwnAssembly);
    private static readonly Lazy<Dictionary<string, Type>> Own = new(LoadTypes);

    // The class belongs to PowerShell and is not public; the documented way to use it is by this name, as scripts do.
    private static readonly Type Accelerators = typeof(PSObject).Assembly.GetType("System.Management.Automation.TypeAccelerators")!;

    private static int s_registered;

    /// <summary>Registers the names, once per process.</summary>
    public static void Register()
    {
        if (Interlocked.Exchange(ref s_registered, 1) != 0)
        {
            return;
        }

        AppDomain.CurrentDomain.AssemblyLoad += static (_, load) => Meet(load.LoadedAssembly);
        Action<string, Type> add = Accelerators.GetMethod("Add", [typeof(string), typeof(Type)])!.CreateDelegate<Action<string, Type>>();
        foreach ((string name, Type type) in Own.Value)
        {
            add(name, type);
        }

        foreach (Assembly assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            Meet(assembly);
        }
    }

    /// <summary>Returns an error in the type by which a script catches it: that of the SDK, if it is loaded.</summary>
    /// <param name="error">The error.</param>
    /// <param name="message">The message.</param>
    /// <param name="requestId">The UUID of the call; null if there was none.</param>
    public static Exception CreateException(KmsException error, string message, string? requestId)
    {
        string name = $"{Model}.{error.ErrorCode}";
        string common = $"{Service}.AmazonKeyManagementServiceException";
        Assembly? sdk = Array.Find(AppDomain.CurrentDomain.GetAssemblies(), static assembly => assembly.GetName().Name == SdkAssembly);
        return Create(sdk?.GetType(name) ?? sdk?.GetType(common), error, message, requestId)
            ?? Create(Own.Value.GetValueOrDefault(name) ?? Own.Value[common], error, message, requestId)!;
    }

    private static Exception? Create(Type? type, KmsException error, string message, string? requestId)
    {
        foreach (ConstructorInfo constructor in type?.GetConstructors() ?? [])
        {
            // (message, innerException, errorType, errorCode, requestId, statusCode), as in every version of the SDK so far.
            if (constructor.GetParameters() is [_, _, { ParameterType: { IsEnum: true } errorType }, _, _, { ParameterType.IsEnum: true }])
            {
                object blame = Enum.Parse(errorType, error.HttpStatusCode >= 500 ? "Receiver" : "Sender");
                return (Exception)constructor.Invoke(
                    [message, error.InnerException, blame, error.ErrorCode, requestId ?? "", (HttpStatusCode)error.HttpStatusCode]);
            }
        }

        return null;
    }

    private static Assembly LoadOwnAssembly()
    {
        string folder = Path.Combine(Path.GetDirectoryName(typeof(AwsTypeNames).Assembly.Location)!, "Dependencies");
        return new AssemblyLoadContext(OwnAssembly).LoadFromAssemblyPath(Path.Combine(folder, OwnAssembly + ".dll"));
    }

    private static Dictionary<string, Type> LoadTypes()
    {
        Dictionary<string, Type> types = OwnTypes.Value.GetExportedTypes()
            .ToDictionary(static type => type.FullName!, StringComparer.Ordinal);
        foreach (Type constants in Constants)
        {
            types.Add($"{Service}.{constants.Name}", constants);
        }

        types.Add($"{Model}.{nameof(Tag)}", typeof(Tag));
        return types;
    }

    private static void Meet(Assembly assembly)
    {
        switch (assembly.GetName().Name)
        {
            case SdkAssembly or SdkCoreAssembly:
                MethodInfo remove = Accelerators.GetMethod("Remove", [typeof(string)])!;
                foreach (string name in Own.Value.Keys.Where(name => assembly.GetType(name) is not null))
                {
                    remove.Invoke(null, [name]);
                }

                break;

            // PowerShell loads it for its first JSON. A module may have loaded another one for itself.
            case JsonAssembly when AssemblyLoadContext.GetLoadContext(assembly) == AssemblyLoadContext.Default:
                OwnTypes.Value.GetType("KmsTools.Json.EnumNames")!.GetMethod("Install")!.Invoke(null, [typeof(KmsEngine).Assembly]);
                break;
        }
    }
}
