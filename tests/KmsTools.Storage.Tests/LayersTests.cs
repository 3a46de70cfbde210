using System.Reflection;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tests;

public sealed class LayersTests
{
    private const BindingFlags AllMembers =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    // Another database uses the same tables.
    [Fact]
    public void Tables_NameNothingOfSqlite()
    {
        Type[] types = [.. typeof(Statement).Assembly.GetTypes()
            .Where(static type => type.Namespace is "KmsTools.Storage.Tables" or "KmsTools.Storage.Sql")];
        Assert.Contains(types, static type => type.Name == "KeysTable");
        Assert.DoesNotContain(types, static type => Used(type).Any(IsOfSqlite));
    }

    [Fact]
    public void Events_AreOfSqliteAlone() => Assert.Contains(Used(typeof(EventIndex)), IsOfSqlite);

    private static bool IsOfSqlite(Type type) => type.Namespace is "KmsTools.Storage.Sqlite" or "SQLitePCL" or "Microsoft.Data.Sqlite";

    private static IEnumerable<Type> Used(Type type) =>
    [
        type.BaseType ?? typeof(object),
        .. type.GetFields(AllMembers).Select(static field => field.FieldType),
        .. type.GetConstructors(AllMembers).SelectMany(static constructor => constructor.GetParameters(), static (_, parameter) => parameter.ParameterType),
        .. type.GetMethods(AllMembers).SelectMany(static method => method.GetParameters(), static (_, parameter) => parameter.ParameterType),
        .. type.GetMethods(AllMembers).Select(static method => method.ReturnType),
    ];
}
