using System.Collections;
using System.Reflection;
using System.Text.Json.Serialization;
using Amazon.KeyManagementService;
using KmsTools.Operations;

namespace KmsTools.Endpoint;

/// <summary>Members are bound by their names: these must be the names that the SDK has.</summary>
public sealed class SdkTypesTests
{
    private const string Model = "Amazon.KeyManagementService.Model.";

    public static TheoryData<string> Operations => [.. OperationCatalog.All.Select(static operation => operation.Name)];

    [Theory]
    [MemberData(nameof(Operations))]
    public void Members_OfRequestsAndResponses_AreThoseOfTheSdk(string name)
    {
        Operation operation = OperationCatalog.Find(name)!;
        Type request = SdkType(name + "Request")!;
        Assert.Equal(
            Names(request),
            operation.Shape.Members.Select(static member => member.Name).Order(StringComparer.Ordinal));
        if (operation.ResponseType != typeof(EmptyResponse))
        {
            Compare(SdkType(name + "Response")!, operation.ResponseType);
        }
    }

    private static void Compare(Type expected, Type actual)
    {
        // The SDK may know a later state of the API.
        Assert.Subset(new HashSet<string>(Names(expected)), new HashSet<string>(Names(actual)));
        foreach (PropertyInfo property in Own(actual))
        {
            Type type = ItemOf(property.PropertyType);
            if (type.Namespace == "KmsTools" && type.IsClass && !typeof(Stream).IsAssignableFrom(type) && SdkType(type.Name) is { } nested)
            {
                Compare(nested, type);
            }
        }
    }

    private static Type ItemOf(Type type) =>
        type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type) && type.IsGenericType ? type.GetGenericArguments()[^1] : type;

    private static Type? SdkType(string name) => typeof(AmazonKeyManagementServiceClient).Assembly.GetType(Model + name);

    private static IEnumerable<string> Names(Type type) => Own(type).Select(static property => property.Name).Order(StringComparer.Ordinal);

    private static PropertyInfo[] Own(Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(static property => property.GetCustomAttribute<JsonIgnoreAttribute>() is null)];
}
